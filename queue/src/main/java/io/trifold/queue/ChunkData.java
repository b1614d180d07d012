package io.trifold.queue;

import io.trifold.queue.Change.Chunk;

/** A chunk with its bytes, of which its digest was computed. */
public final class ChunkData {
  private final Chunk chunk;
  private final byte[] bytes;

  private ChunkData(Chunk chunk, byte[] bytes) {
    this.chunk = chunk;
    this.bytes = bytes;
  }

  /**
   * Of these bytes. They are not copied: nobody may change them while this is in use.
   *
   * @throws IllegalArgumentException if they are none, or more than {@link
   *     FarmLog#MAX_CHUNK_LENGTH}
   */
  public static ChunkData of(byte[] bytes) {
    if (bytes.length == 0 || bytes.length > FarmLog.MAX_CHUNK_LENGTH) {
      throw new IllegalArgumentException("a chunk of " + bytes.length + " bytes");
    }
    return new ChunkData(new Chunk(Digest.sha256(bytes), bytes.length), bytes);
  }

  /** What events name. */
  public Chunk chunk() {
    return chunk;
  }

  /** The bytes themselves, not to be changed. */
  public byte[] bytes() {
    return bytes;
  }
}
