package io.trifold.fuse.kernel;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Names threads. They do not keep the process alive: who mounted waits for the session's end. */
final class Threads {
  private Threads() {}

  /** Threads of that name and a number, from 1. */
  static ThreadFactory named(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
