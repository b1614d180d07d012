package io.trifold.tree;

import io.trifold.posix.Stat;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;

/**
 * What stands at a name, as the rules let it be seen: nothing, something on one side, or a
 * directory on both.
 *
 * @param state of the name
 * @param application what is seen on the application's side, {@code null} if nothing
 * @param shared what is seen on the shared side, {@code null} if nothing or if it does not matter
 */
record Found(RuleState state, Stat application, Stat shared) {
  /** Something on one side, and on that alone. */
  static Found of(Side side, RuleState state, Stat stat) {
    return side == Side.APPLICATION ? new Found(state, stat, null) : new Found(state, null, stat);
  }

  boolean exists() {
    return application != null || shared != null;
  }

  /** The side that speaks for it: of a merged directory its home, if it stands there. */
  Side side() {
    if (application == null || shared == null) {
      return application != null ? Side.APPLICATION : Side.SHARED;
    }
    return state.directory().binding().side();
  }

  Stat stat() {
    return on(side());
  }

  Stat on(Side side) {
    return side == Side.APPLICATION ? application : shared;
  }

  boolean isDirectory() {
    return exists() && stat().isDirectory();
  }
}
