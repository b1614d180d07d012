package io.trifold.tree;

import io.trifold.fuse.Caller;

/**
 * On whose behalf a thread changes something, for those who are told of the change: set where a
 * request comes in, as what is told goes through many hands. Of a file that was written, it is who
 * opened it.
 */
final class Acting {
  private static final ThreadLocal<Caller> CALLER = ThreadLocal.withInitial(() -> Caller.UNKNOWN);

  private Acting() {}

  static void as(Caller caller) {
    CALLER.set(caller);
  }

  static Caller caller() {
    return CALLER.get();
  }
}
