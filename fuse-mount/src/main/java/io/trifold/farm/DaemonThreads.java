package io.trifold.farm;

import java.util.concurrent.ThreadFactory;

/** Makes threads that do not keep the process alive. */
final class DaemonThreads {
  private DaemonThreads() {}

  /** Threads of that name. */
  static ThreadFactory named(String name) {
    return body -> {
      Thread thread = new Thread(body, name);
      thread.setDaemon(true);
      return thread;
    };
  }
}
