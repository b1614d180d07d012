package io.trifold.differential;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Takes steps out of a script for as long as it still fails. */
final class Shrinking {
  private final Predicate<List<Step>> fails;
  private final long deadline;

  Shrinking(Predicate<List<Step>> fails, Duration budget) {
    this.fails = fails;
    this.deadline = System.nanoTime() + budget.toNanos();
  }

  List<Step> shrink(List<Step> script) {
    List<Step> shrunk = script;
    for (int chunk = script.size() / 2; chunk > 0; ) {
      List<Step> smaller = without(shrunk, chunk);
      if (smaller.size() < shrunk.size()) {
        shrunk = smaller;
      } else {
        chunk /= 2;
      }
    }
    return shrunk;
  }

  /** Tries to take out each stretch of this length, from the end, as what leads to it stays. */
  private List<Step> without(List<Step> script, int length) {
    List<Step> kept = script;
    for (int start = script.size() - length; start > -length; start -= length) {
      if (System.nanoTime() > deadline) {
        return kept;
      }
      List<Step> candidate = new ArrayList<>(kept);
      int from = Math.max(0, start);
      candidate.subList(from, Math.min(candidate.size(), start + length)).clear();
      if (candidate.size() < kept.size() && fails.test(candidate)) {
        kept = candidate;
      }
    }
    return kept;
  }
}
