package io.trifold.replica;

import io.trifold.queue.ChunkData;
import io.trifold.queue.Digest;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * Sends a file's chunks while it is read, as far as the content store lacks them: while some are on
 * their way, the next are read. If the file turns out to have changed meanwhile, no event names
 * what was sent of it, and the store drops that in time. It takes memory for three groups. Of one
 * thread, which is to {@link #finish} it or to {@link #close} it.
 */
final class StreamedUpload implements FileContent.Taker, AutoCloseable {
  private static final int GROUP_BYTES = 4 << 20;

  /** So many groups are on their way at most: the database works on each with another process. */
  private static final int UNDER_WAY = 2;

  private final FarmLog log;
  private final Executor helpers;
  private final BooleanSupplier goesOn;
  private final Queue<Sending> underWay = new ArrayDeque<>();

  /** Used again, as so much garbage would keep the collector busy. */
  private final Deque<byte[]> buffers = new ArrayDeque<>();

  private byte[] lent = {};
  private boolean zeros;
  private List<byte[]> groupBuffers = new ArrayList<>();
  private List<ChunkData> group = new ArrayList<>();
  private int groupBytes;
  private Optional<QueueException> failure = Optional.empty();

  /**
   * @param helpers send
   * @param goesOn asked before each chunk; when it says no, no more is taken
   */
  StreamedUpload(FarmLog log, Executor helpers, BooleanSupplier goesOn) {
    this.log = log;
    this.helpers = helpers;
    this.goesOn = goesOn;
  }

  /** A group on its way, and the buffers that are free when it has arrived. */
  private record Sending(SideTask<Void> task, List<byte[]> buffers) {}

  @Override
  public byte[] buffer() {
    lent = buffers.isEmpty() ? new byte[FileContent.CHUNK_LENGTH] : buffers.pop();
    return lent;
  }

  @Override
  public boolean take(ChunkData chunk) {
    if (chunk == Zeros.data()) {
      if (zeros) {
        return goesOn.getAsBoolean();
      }
      zeros = true;
    }
    if (groupBytes + chunk.bytes().length > GROUP_BYTES) {
      sendGroup();
    }
    group.add(chunk);
    if (chunk.bytes() == lent) {
      groupBuffers.add(lent);
    }
    groupBytes += chunk.bytes().length;
    return failure.isEmpty() && goesOn.getAsBoolean();
  }

  private void sendGroup() {
    if (underWay.size() == UNDER_WAY) {
      awaitFirst();
    }
    List<ChunkData> sent = group;
    SideTask<Void> task =
        SideTask.begin(
            helpers,
            () -> {
              send(log, sent);
              return null;
            });
    underWay.add(new Sending(task, groupBuffers));
    group = new ArrayList<>();
    groupBuffers = new ArrayList<>();
    groupBytes = 0;
  }

  private void awaitFirst() {
    Sending first = underWay.remove();
    try {
      first.task.await();
      buffers.addAll(first.buffers);
    } catch (QueueException e) {
      failure = Optional.of(failure.orElse(e));
    }
  }

  private static void send(FarmLog log, List<ChunkData> chunks) throws QueueException {
    Map<Digest, ChunkData> byDigest = new LinkedHashMap<>();
    chunks.forEach(data -> byDigest.put(data.chunk().digest(), data));
    byDigest.keySet().retainAll(log.missing(List.copyOf(byDigest.keySet())));
    if (!byDigest.isEmpty()) {
      log.store(byDigest.values());
    }
  }

  /**
   * Sends the rest, and waits until all that was taken is in the store.
   *
   * @throws QueueException what one of the groups met
   */
  void finish() throws QueueException {
    if (failure.isEmpty() && !group.isEmpty()) {
      sendGroup();
    }
    while (!underWay.isEmpty()) {
      awaitFirst();
    }
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  /** Waits for what is on its way; the rest is not sent. */
  @Override
  public void close() {
    underWay.forEach(sending -> sending.task.settle());
  }
}
