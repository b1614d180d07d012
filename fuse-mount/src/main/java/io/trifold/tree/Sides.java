package io.trifold.tree;

import io.trifold.rules.Side;

/** The two sides of a mount. */
final class Sides {
  private Sides() {}

  static Side other(Side side) {
    return side == Side.APPLICATION ? Side.SHARED : Side.APPLICATION;
  }
}
