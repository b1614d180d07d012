package io.trifold.differential;

import io.trifold.differential.actor.Operation;
import io.trifold.tree.MountFixture.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Runs a script on both sides at once and looks after each step whether they are still alike. */
final class Comparison {
  private static final Operation SLOTS = Operation.of("slots");

  /** After a move across sides, for the kernel to be told that another file has the name now. */
  private static final long TO_FORGET = TimeUnit.MILLISECONDS.toNanos(20);

  private final Sides sides;
  private final Way way;
  private final Rules rules;
  private final boolean excuses;
  private int runs;

  /**
   * Compares.
   *
   * @param excuses whether known differences do not count
   */
  Comparison(Sides sides, Way way, Rules rules, boolean excuses) {
    this.sides = sides;
    this.way = way;
    this.rules = rules;
    this.excuses = excuses;
  }

  /** Gives where they begin to differ, or {@code null}. */
  Divergence run(List<Step> script) {
    String name = "run" + runs++;
    sides.begin(name);
    try {
      for (int i = 0; i < script.size(); i++) {
        Divergence found = perform(i, script.get(i));
        if (found != null) {
          return found;
        }
      }
      return null;
    } finally {
      sides.end(name);
    }
  }

  private Divergence perform(int index, Step step) {
    List<Operation> operations = new ArrayList<>();
    operations.add(step.operation());
    if (!step.touched().isEmpty()) {
      operations.add(Operation.of("look", step.touched().toArray()));
    }
    operations.add(SLOTS);
    Sides.Answers answers =
        rules.concern(step.operation())
            ? mountFirst(step, operations)
            : sides.both(step.actor(), operations);
    for (int i = 0; i < operations.size(); i++) {
      String what = operations.get(i).call();
      List<String> differences = differences(what, answers.mount().get(i), answers.disk().get(i));
      if (!differences.isEmpty()) {
        return new Divergence(index, step, i == 0 ? "its result" : what, differences);
      }
    }
    return null;
  }

  private Sides.Answers mountFirst(Step step, List<Operation> operations) {
    List<Operation> rest = operations.subList(1, operations.size());
    List<String> mount = new ArrayList<>();
    mount.addAll(sides.mount(step.actor(), operations.subList(0, 1)));
    if (rules.moves(step.operation())) {
      LockSupport.parkNanos(TO_FORGET);
    }
    mount.addAll(sides.mount(step.actor(), rest));
    List<String> disk = new ArrayList<>();
    if (rules.mayRefuse(step.operation(), mount.get(0), mount.get(1))) {
      disk.add(mount.get(0));
    } else {
      disk.addAll(sides.disk(step.actor(), List.of(rules.onDisk(step.operation()))));
    }
    disk.addAll(sides.disk(step.actor(), rest));
    return new Sides.Answers(mount, disk);
  }

  /** The items of a list that are not alike. */
  private List<String> differences(String what, String onMount, String onDisk) {
    if (onMount.equals(onDisk)) {
      return List.of();
    }
    List<String> differences = new ArrayList<>();
    String[] mount = onMount.split("; ", -1);
    String[] disk = onDisk.split("; ", -1);
    for (int i = 0; i < Math.max(mount.length, disk.length); i++) {
      String here = i < mount.length ? rules.comparable(mount[i]) : "";
      String there = i < disk.length ? rules.comparable(disk[i]) : "";
      if (!here.equals(there)
          && !(excuses && KnownDifference.excuses(way, rules, what, here, there))) {
        differences.add("  mount  " + here + "\n  disk   " + there);
      }
    }
    return differences;
  }
}
