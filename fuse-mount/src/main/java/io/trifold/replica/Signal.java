package io.trifold.replica;

/** Wakes one thread that waits for work. A signal that nobody waits for is kept. */
final class Signal {
  private boolean raised;

  synchronized void raise() {
    raised = true;
    notifyAll();
  }

  /** Waits for the signal, at most so long; takes it. */
  synchronized void await(long millis) throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    while (!raised) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        break;
      }
      wait(left);
    }
    raised = false;
  }
}
