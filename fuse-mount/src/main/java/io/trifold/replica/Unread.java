package io.trifold.replica;

/**
 * Whether the log is worth a read: it goes on behind what was read, or it is not known whether it
 * does. What is heard of its end is a hint, which may be late, doubled or lost. Thread-safe; never
 * blocks for long.
 */
final class Unread {
  /** For so long it is believed that there is nothing new where nothing was heard. */
  private static final long TRUST_NANOS = 4_000_000_000L;

  private long told;
  private long end;
  private boolean look = true;
  private long lookedNanos;

  /** The database says that this is the log's end; before the one it said last: it is another. */
  synchronized void told(long head) {
    look |= head < told;
    told = head;
  }

  /** It is to be read, whatever is known. */
  synchronized void look() {
    look = true;
  }

  /**
   * Whether it is to be read now. Who asks reads it then, or asks for {@link #look} again.
   *
   * @param head up to where it is known to reach
   */
  synchronized boolean take(long head) {
    long now = System.nanoTime();
    boolean due = look || head > end || now - lookedNanos >= TRUST_NANOS;
    if (due) {
      look = false;
      lookedNanos = now;
    }
    return due;
  }

  /** All that it has up to this position was read. */
  synchronized void readTo(long position) {
    end = position;
  }
}
