package io.trifold.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What happens, by one number: step by step, each of its own seed, so that steps can be left out
 * and the others still do what they did.
 *
 * @param steps the steps that are taken, by their numbers
 */
record Schedule(long seed, Climate climate, List<Integer> steps) {
  static Schedule of(long seed) {
    Climate climate = Climate.of(new Random(seed));
    return new Schedule(seed, climate, IntStream.range(0, climate.steps()).boxed().toList());
  }

  /** The same in which files have several names. */
  Schedule withLinks() {
    return new Schedule(seed, climate.withLinks(), steps);
  }

  Schedule only(List<Integer> some) {
    return new Schedule(seed, climate, List.copyOf(some));
  }

  Schedule without(int from, int to) {
    List<Integer> left = new ArrayList<>(steps.subList(0, from));
    left.addAll(steps.subList(to, steps.size()));
    return only(left);
  }

  long seedOf(int step) {
    return (seed * 0x9e3779b97f4a7c15L) ^ (step + 1) * 0xbf58476d1ce4e5b9L;
  }
}
