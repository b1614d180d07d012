package io.trifold.replica;

import java.util.concurrent.TimeUnit;

/** How fast content is read for verification. Of one thread. */
final class Pace {
  private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final long bytesPerSecond;
  private long free = System.nanoTime();

  private Pace(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** As fast as the disk. */
  static Pace full() {
    return new Pace(0);
  }

  static Pace of(long bytesPerSecond) {
    return new Pace(bytesPerSecond);
  }

  /** Waits as long as reading so much takes at this pace. */
  void read(long bytes) throws InterruptedException {
    if (bytesPerSecond <= 0) {
      return;
    }
    long now = System.nanoTime();
    free = Math.max(free, now) + bytes * 1_000_000_000L / bytesPerSecond;
    if (free - now > BURST_NANOS) {
      TimeUnit.NANOSECONDS.sleep(free - now);
    }
  }
}
