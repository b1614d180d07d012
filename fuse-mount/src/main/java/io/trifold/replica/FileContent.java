package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Change;
import io.trifold.queue.ChunkData;
import io.trifold.queue.Digest;
import io.trifold.queue.Xattrs;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A file's content at one moment: it was proved that the file did not change while it was read.
 *
 * @param stat of the inode that was read
 * @param content the bytes of a small file, the chunks of any other
 * @param xattrs its extended attributes at that moment
 */
record FileContent(Stat stat, Digest digest, Change.Content content, Xattrs xattrs) {
  /** Files up to this size travel in the event. */
  static final int INLINE_LIMIT = 8 * 1024;

  /** No larger file travels: one event has the list of its chunks. */
  static final long LARGEST = 512L << 30;

  /** {@link Stat#blocks} are of so many bytes. */
  private static final int BLOCK_UNIT = 512;

  /** All chunks but a file's last have this length. */
  static final int CHUNK_LENGTH = 1024 * 1024;

  /** Takes a file's chunks while it is read, before it is known whether it changed meanwhile. */
  interface Taker {
    /** Into what a chunk is read: of {@link #CHUNK_LENGTH}. It may be taken with its chunk. */
    byte[] buffer();

    /** Takes one; false if no more is wanted. Those of holes are {@link Zeros#data} itself. */
    boolean take(ChunkData chunk);
  }

  /** Only looks: each chunk is read over the one before. */
  private static final class Nobody implements Taker {
    private byte[] buffer = {};

    @Override
    public byte[] buffer() {
      if (buffer.length == 0) {
        buffer = new byte[CHUNK_LENGTH];
      }
      return buffer;
    }

    @Override
    public boolean take(ChunkData chunk) {
      return true;
    }
  }

  /**
   * Reads a file. It takes memory for one chunk, and reads no holes.
   *
   * @return empty if the file changed meanwhile, or is none any more
   */
  static Optional<FileContent> read(Disk disk, String path) throws ErrnoException {
    return read(disk, path, Xattrs.NONE);
  }

  /**
   * The same.
   *
   * @param log what the log says of the file's extended attributes
   */
  static Optional<FileContent> read(Disk disk, String path, Xattrs log) throws ErrnoException {
    return read(disk, path, log, new Nobody());
  }

  /**
   * The same.
   *
   * @param taker takes the chunks, unless the file is small
   * @return empty, too, if the taker wanted no more
   */
  static Optional<FileContent> read(Disk disk, String path, Xattrs log, Taker taker)
      throws ErrnoException {
    try (Disk.Source source = disk.read(path)) {
      Stat before = source.stat();
      if (!before.isRegular()) {
        return Optional.empty();
      }
      MessageDigest whole = sha256();
      Change.Content content;
      long size;
      if (before.size() <= INLINE_LIMIT) {
        byte[] buffer = new byte[INLINE_LIMIT + 1];
        int length = source.read(0, buffer, buffer.length);
        whole.update(buffer, 0, length);
        content = new Change.Content.Inline(Arrays.copyOf(buffer, length));
        size = length;
      } else {
        List<Change.Chunk> chunks = new ArrayList<>();
        size = readChunks(source, before, whole, chunks, taker);
        content = new Change.Content.Chunked(chunks);
      }
      Xattrs xattrs = source.xattrs(log);
      if (size != before.size()
          || !isSame(before, source.stat())
          || !disk.look(path).filter(now -> isSame(before, now)).isPresent()) {
        return Optional.empty();
      }
      return Optional.of(new FileContent(before, Digest.of(whole.digest()), content, xattrs));
    }
  }

  /** How much was read: not all where it was seen that the file changes. */
  private static long readChunks(
      Disk.Source source, Stat stat, MessageDigest whole, List<Change.Chunk> chunks, Taker taker)
      throws ErrnoException {
    boolean sparse = stat.blocks() * BLOCK_UNIT < stat.size();
    long size = 0;
    ChunkData data;
    do {
      if (sparse && isHole(source, size, stat.size())) {
        data = Zeros.data();
      } else {
        byte[] buffer = taker.buffer();
        int length = source.read(size, buffer, buffer.length);
        if (length == 0) {
          break;
        }
        data = ChunkData.of(length < buffer.length ? Arrays.copyOf(buffer, length) : buffer);
      }
      whole.update(data.bytes());
      chunks.add(data.chunk());
      if (!isSame(stat, source.stat()) || !taker.take(data)) {
        break;
      }
      size += data.bytes().length;
    } while (data.bytes().length == CHUNK_LENGTH);
    return size;
  }

  /** Whether a whole chunk from here on is a hole. */
  private static boolean isHole(Disk.Source source, long from, long end) throws ErrnoException {
    return end - from >= CHUNK_LENGTH && source.dataFrom(from) - from >= CHUNK_LENGTH;
  }

  /**
   * Reads a chunk again, to send it.
   *
   * @return empty if the file holds something else there by now
   */
  static Optional<ChunkData> chunk(Disk.Source source, int index, Change.Chunk chunk)
      throws ErrnoException {
    byte[] bytes = new byte[chunk.length()];
    if (source.read((long) index * CHUNK_LENGTH, bytes, bytes.length) < bytes.length) {
      return Optional.empty();
    }
    return Optional.of(ChunkData.of(bytes)).filter(data -> data.chunk().equals(chunk));
  }

  /** Whether what was found is what was read. */
  boolean isOf(Stat found) {
    return isSame(stat, found);
  }

  /** Whether nothing changed between the two looks. */
  static boolean isSame(Stat before, Stat now) {
    return before.inode() == now.inode()
        && before.size() == now.size()
        && before.modifySeconds() == now.modifySeconds()
        && before.modifyNanos() == now.modifyNanos()
        && before.changeSeconds() == now.changeSeconds()
        && before.changeNanos() == now.changeNanos();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
