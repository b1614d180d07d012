package io.trifold.fuse.kernel;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The requests that threads are at work on, to tell an {@code INTERRUPT} whose target runs (it ends
 * by itself) from one whose target was not seen yet (the kernel is to ask again, and would do so
 * without pause if it were told that of the first kind).
 */
final class InFlight {
  private final List<AtomicLong> readers = new CopyOnWriteArrayList<>();
  private final Map<Long, HandedOver> handedOver = new ConcurrentHashMap<>();

  /** A request that is not served by who read it, and may wait. */
  static final class HandedOver {
    private volatile boolean interrupted;

    boolean isInterrupted() {
      return interrupted;
    }
  }

  /** A place for the number of the request that a reader is at work on, 0 for none. */
  AtomicLong addReader() {
    AtomicLong current = new AtomicLong();
    readers.add(current);
    return current;
  }

  void removeReader(AtomicLong current) {
    readers.remove(current);
  }

  HandedOver handOver(long unique) {
    HandedOver request = new HandedOver();
    handedOver.put(unique, request);
    return request;
  }

  void done(long unique) {
    handedOver.remove(unique);
  }

  /**
   * Tells whoever is at work on it.
   *
   * @return false if nobody is known to be
   */
  boolean interrupt(long unique) {
    HandedOver request = handedOver.get(unique);
    if (request != null) {
      request.interrupted = true;
      return true;
    }
    for (AtomicLong current : readers) {
      if (current.get() == unique) {
        return true;
      }
    }
    return false;
  }
}
