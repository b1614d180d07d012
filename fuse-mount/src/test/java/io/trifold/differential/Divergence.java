package io.trifold.differential;

import java.util.List;

/**
 * The first step after which the mount is not as the disk.
 *
 * @param index of the step in its script
 * @param what was compared
 * @param differences what both sides say, for each thing that is different
 */
record Divergence(int index, Step step, String what, List<String> differences) {
  /** Whether the other one, if any, is of the same kind. */
  boolean isLike(Divergence other) {
    return other != null
        && other.what.equals(what)
        && other.step.operation().call().equals(step.operation().call());
  }

  String describe() {
    return "after step %d, %s, %s:%n%s"
        .formatted(index, step, what, String.join("\n", differences));
  }
}
