package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.ContentKey;
import io.trifold.queue.Digest;
import io.trifold.queue.Metadata;
import io.trifold.queue.Xattrs;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * What stands at a path, in the words of the log.
 *
 * @param metadata empty if nothing stands there
 * @param size of a file, otherwise 0
 * @param digest of a file's content, otherwise empty
 * @param target of a symlink, otherwise empty text
 * @param link of a file with several names, what they have in common; see {@link Change.PutFile}
 */
record State(
    Kind kind,
    Optional<Metadata> metadata,
    long size,
    Optional<Digest> digest,
    String target,
    Optional<UUID> link) {
  static final State ABSENT = new State(Kind.ABSENT, Optional.empty(), 0, Optional.empty(), "");

  /** Of a version that is not believed: nothing that stands on a disk is equal to it. */
  static final State NOTHING_KNOWN =
      file(
          new Metadata(0, "?", "?", Long.MIN_VALUE, 0),
          Long.MAX_VALUE,
          Digest.of(new byte[Digest.LENGTH]));

  State {
    Objects.requireNonNull(kind);
    Objects.requireNonNull(target);
  }

  State(Kind kind, Optional<Metadata> metadata, long size, Optional<Digest> digest, String target) {
    this(kind, metadata, size, digest, target, Optional.empty());
  }

  static State file(Metadata metadata, long size, Digest digest) {
    return new State(Kind.FILE, Optional.of(metadata), size, Optional.of(digest), "");
  }

  static State directory(Metadata metadata) {
    return new State(Kind.DIRECTORY, Optional.of(metadata), 0, Optional.empty(), "");
  }

  static State symlink(Metadata metadata, String target) {
    return new State(Kind.SYMLINK, Optional.of(metadata), 0, Optional.empty(), target);
  }

  /** What stands there after the change. */
  static State after(Change change) {
    if (change instanceof Change.PutFile put) {
      return file(put.metadata(), put.size(), put.digest()).linked(put.link());
    }
    if (change instanceof Change.PutDirectory put) {
      return directory(put.metadata());
    }
    if (change instanceof Change.PutSymlink put) {
      return symlink(put.metadata(), put.target());
    }
    return ABSENT;
  }

  /** The same with this link. */
  State linked(Optional<UUID> other) {
    return new State(kind, metadata, size, digest, target, other);
  }

  /**
   * Whether a file with so many names on disk is as this says: a link that is known outlives the
   * other names of the file.
   */
  boolean isAs(State found, int links) {
    return equals(links == 1 ? found.linked(link) : found);
  }

  /** What the log says of extended attributes. */
  Xattrs xattrs() {
    return metadata.map(Metadata::xattrs).orElse(Xattrs.NONE);
  }

  /** What the log has as the key of such a content. */
  Digest contentKey() {
    Change change =
        switch (kind) {
          case ABSENT -> new Change.Delete("-");
          case FILE ->
              new Change.PutFile(
                  "-",
                  metadata.orElseThrow(),
                  size,
                  digest.orElseThrow(),
                  new Change.Content.Chunked(List.of()));
          case DIRECTORY -> new Change.PutDirectory("-", metadata.orElseThrow());
          case SYMLINK -> new Change.PutSymlink("-", metadata.orElseThrow(), target);
        };
    return ContentKey.of(change);
  }

  boolean exists() {
    return kind != Kind.ABSENT;
  }

  /** Whether both are of one kind with the same content; metadata may differ. */
  boolean sameContent(State other) {
    return kind == other.kind
        && size == other.size
        && digest.equals(other.digest)
        && target.equals(other.target);
  }
}
