package io.trifold.queue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What an event does to one path. Paths are relative to the application's root, without leading
 * slash, as {@link io.trifold.rules.FileNames} has them.
 *
 * <p>A put states all that stands at the path afterwards, whatever stood there before: a put of a
 * file over a directory comes after the deletes of what was in it.
 */
public sealed interface Change {
  /** The path that changes; never empty. */
  String path();

  /** The same for another path. */
  Change at(String otherPath);

  /** A change after which something stands at the path. */
  sealed interface Put extends Change {
    Metadata metadata();
  }

  /**
   * A regular file with this content.
   *
   * @param size in bytes
   * @param digest of the whole content
   * @param content where the bytes are
   * @param link where the file has several names that travel, what they have in common: of such
   *     paths, those that the log says are equal in content and metadata are one file
   */
  record PutFile(
      String path,
      Metadata metadata,
      long size,
      Digest digest,
      Content content,
      Optional<UUID> link)
      implements Put {

    /** A file with one name. */
    public PutFile(String path, Metadata metadata, long size, Digest digest, Content content) {
      this(path, metadata, size, digest, content, Optional.empty());
    }

    @Override
    public PutFile at(String otherPath) {
      return new PutFile(otherPath, metadata, size, digest, content, link);
    }
  }

  /** A directory. What is in it is not its concern. */
  record PutDirectory(String path, Metadata metadata) implements Put {
    @Override
    public PutDirectory at(String otherPath) {
      return new PutDirectory(otherPath, metadata);
    }
  }

  /** A symbolic link. */
  record PutSymlink(String path, Metadata metadata, String target) implements Put {
    @Override
    public PutSymlink at(String otherPath) {
      return new PutSymlink(otherPath, metadata, target);
    }
  }

  /** Nothing stands at the path any more. */
  record Delete(String path) implements Change {
    @Override
    public Delete at(String otherPath) {
      return new Delete(otherPath);
    }
  }

  /** Where a file's bytes are. */
  sealed interface Content {
    /** In the event itself: small files. Immutable. */
    final class Inline implements Content {
      private final byte[] bytes;

      public Inline(byte[] bytes) {
        this.bytes = bytes.clone();
      }

      /** A copy of the bytes. */
      public byte[] bytes() {
        return bytes.clone();
      }

      @Override
      public boolean equals(Object other) {
        return other instanceof Inline inline && Arrays.equals(bytes, inline.bytes);
      }

      @Override
      public int hashCode() {
        return Arrays.hashCode(bytes);
      }

      @Override
      public String toString() {
        return "Inline[" + bytes.length + " bytes]";
      }
    }

    /** In the content store, one after the other. */
    record Chunked(List<Chunk> chunks) implements Content {
      public Chunked {
        chunks = List.copyOf(chunks);
      }
    }
  }

  /**
   * One piece of a file's content.
   *
   * @param digest of the piece's own bytes, uncompressed
   * @param length in bytes, uncompressed
   */
  record Chunk(Digest digest, int length) {}
}
