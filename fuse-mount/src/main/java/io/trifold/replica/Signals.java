package io.trifold.replica;

/** One signal for each thread of a replica that waits for work, and what apply knows of it. */
final class Signals {
  final Signal capture = new Signal();
  final Signal apply = new Signal();
  final Signal lease = new Signal();
  final Signal writes = new Signal();
  final Signal scrub = new Signal();
  final Signal watch = new Signal();

  /** To raise {@link #apply} alone does not have the log read, unless it is known to go on. */
  final Unread unread = new Unread();

  /** For apply, while it waits before an event that cannot be trusted. */
  final Signal trust = new Signal();

  /** Somebody waits for what was changed here, or elsewhere, to get on. */
  void hurry() {
    capture.raise();
    look();
  }

  /** Has the log read, whatever is known of it. */
  void look() {
    unread.look();
    apply.raise();
  }

  void raiseAll() {
    capture.raise();
    look();
    lease.raise();
    writes.raise();
    scrub.raise();
    watch.raise();
    trust.raise();
  }
}
