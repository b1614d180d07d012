package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.ChunkData;
import java.util.Arrays;

/** Bytes that are all zero: what they weigh in a digest, and where they are. Pure. */
final class Zeros {
  /** A hole on disk is at least of this length. */
  static final int BLOCK = 4096;

  private static final byte[] CHUNK = new byte[FileContent.CHUNK_LENGTH];
  private static final ChunkData CHUNK_DATA = ChunkData.of(CHUNK);

  private Zeros() {}

  /** A whole chunk of zeros. */
  static Change.Chunk chunk() {
    return CHUNK_DATA.chunk();
  }

  /** The same, with its bytes. */
  static ChunkData data() {
    return CHUNK_DATA;
  }

  /** Whether the bytes of the block that begins here, or what there is of it, are zeros. */
  private static boolean isBlock(byte[] bytes, int from) {
    int to = Math.min(from + BLOCK, bytes.length);
    return bytes[from] == 0 && Arrays.equals(bytes, from, to, CHUNK, 0, to - from);
  }

  /**
   * The end of the run of blocks that begins here and is all zeros, or has zeros nowhere.
   *
   * @param zeros which of both
   */
  private static int endOfRun(byte[] bytes, int from, boolean zeros) {
    int to = from;
    do {
      to = Math.min(to + BLOCK, bytes.length);
    } while (to < bytes.length && isBlock(bytes, to) == zeros);
    return to;
  }

  /** Takes what is to be written, and what is not. */
  interface Runs<E extends Exception> {
    void data(int from, int length) throws E;

    void hole(int length) throws E;
  }

  /** Shows the runs of blocks in these bytes, in order. */
  static <E extends Exception> void split(byte[] bytes, Runs<E> runs) throws E {
    for (int from = 0; from < bytes.length; ) {
      boolean zeros = isBlock(bytes, from);
      int to = endOfRun(bytes, from, zeros);
      if (zeros) {
        runs.hole(to - from);
      } else {
        runs.data(from, to - from);
      }
      from = to;
    }
  }
}
