package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * The bytes of a file's chunks, in order, from this disk where it has them, else from the content
 * store. While the caller works on one, the next are fetched. Of one thread, which is to close it.
 */
final class ChunkStream implements AutoCloseable {
  /** While the caller works on one, one is checked, and the database reads another. */
  private static final int UNDER_WAY = 2;

  private final FarmLog log;
  private final LocalChunks here;
  private final Executor helpers;
  private final Iterator<Change.Chunk> chunks;
  private final Queue<SideTask<byte[]>> ahead = new ArrayDeque<>();
  private long offset;

  /**
   * @param here is this stream's until it is closed
   * @param helpers fetch; not of a single chunk, which is waited for anyway
   */
  ChunkStream(FarmLog log, List<Change.Chunk> chunks, LocalChunks here, Executor helpers) {
    this.log = log;
    this.here = here;
    this.helpers = chunks.size() == 1 ? Runnable::run : helpers;
    this.chunks = chunks.iterator();
  }

  boolean hasNext() {
    return !ahead.isEmpty() || chunks.hasNext();
  }

  /** The next chunk's; there has to be one. Those of a hole are {@link Zeros#data} itself. */
  byte[] next() throws QueueException {
    begin();
    byte[] bytes = ahead.remove().await();
    begin();
    return bytes;
  }

  private void begin() {
    while (ahead.size() < UNDER_WAY && chunks.hasNext()) {
      Change.Chunk chunk = chunks.next();
      long from = offset;
      offset += chunk.length();
      ahead.add(SideTask.begin(helpers, () -> bytes(chunk, from)));
    }
  }

  private byte[] bytes(Change.Chunk chunk, long from) throws QueueException {
    if (chunk.equals(Zeros.chunk())) {
      return Zeros.data().bytes();
    }
    Optional<byte[]> local = here.at(from, chunk);
    return local.isPresent() ? local.get() : log.fetch(chunk);
  }

  /** Waits for what is being fetched, and gives up what there is here. */
  @Override
  public void close() {
    ahead.forEach(SideTask::settle);
    here.close();
  }
}
