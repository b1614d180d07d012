package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.Xattrs;
import java.nio.ByteBuffer;
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
        size = readChunks(source, before, whole, chunks);
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

  private static long readChunks(
      Disk.Source source, Stat stat, MessageDigest whole, List<Change.Chunk> chunks)
      throws ErrnoException {
    boolean sparse = stat.blocks() * BLOCK_UNIT < stat.size();
    byte[] buffer = new byte[CHUNK_LENGTH];
    long size = 0;
    int length;
    do {
      if (sparse && isHole(source, size, stat.size())) {
        length = CHUNK_LENGTH;
        Zeros.addChunk(whole);
        chunks.add(Zeros.chunk());
      } else {
        length = source.read(size, buffer, buffer.length);
        if (length > 0) {
          whole.update(buffer, 0, length);
          Digest digest = Digest.sha256(ByteBuffer.wrap(buffer, 0, length));
          chunks.add(new Change.Chunk(digest, length));
        }
      }
      size += length;
    } while (length == CHUNK_LENGTH);
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
  static Optional<byte[]> chunk(Disk.Source source, int index, Change.Chunk chunk)
      throws ErrnoException {
    byte[] bytes = new byte[chunk.length()];
    int length = source.read((long) index * CHUNK_LENGTH, bytes, bytes.length);
    boolean same = length == bytes.length && Digest.sha256(bytes).equals(chunk.digest());
    return same ? Optional.of(bytes) : Optional.empty();
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
