package io.trifold.fuse.kernel;

import java.util.List;
import java.util.Set;
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
  private final Set<Long> handedOver = ConcurrentHashMap.newKeySet();

  /** A place for the number of the request that a reader is at work on, 0 for none. */
  AtomicLong addReader() {
    AtomicLong current = new AtomicLong();
    readers.add(current);
    return current;
  }

  void removeReader(AtomicLong current) {
    readers.remove(current);
  }

  void handOver(long unique) {
    handedOver.add(unique);
  }

  void done(long unique) {
    handedOver.remove(unique);
  }

  boolean contains(long unique) {
    if (handedOver.contains(unique)) {
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
