package io.trifold.replica;

/** One signal for each thread of a replica that waits for work. */
final class Signals {
  final Signal capture = new Signal();
  final Signal apply = new Signal();
  final Signal lease = new Signal();
  final Signal writes = new Signal();
  final Signal scrub = new Signal();
  final Signal watch = new Signal();

  /** For apply, while it waits before an event that cannot be trusted. */
  final Signal trust = new Signal();

  /** Somebody waits for what was changed here, or elsewhere, to get on. */
  void hurry() {
    capture.raise();
    apply.raise();
  }

  void raiseAll() {
    capture.raise();
    apply.raise();
    lease.raise();
    writes.raise();
    scrub.raise();
    watch.raise();
    trust.raise();
  }
}
