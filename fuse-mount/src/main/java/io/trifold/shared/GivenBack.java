package io.trifold.shared;

import java.util.concurrent.atomic.AtomicBoolean;

/** Something that must be given back, once: by the call that was to do it, or later. */
final class GivenBack {
  private final Runnable action;
  private final AtomicBoolean begun = new AtomicBoolean();

  GivenBack(Runnable action) {
    this.action = action;
  }

  void run() {
    if (begun.compareAndSet(false, true)) {
      action.run();
    }
  }
}
