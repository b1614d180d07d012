package io.trifold.simulation;

import java.util.Random;

/**
 * How rough a schedule is: some are calm but for one kind of trouble, so that each kind is met
 * alone and with the others.
 *
 * @param overtaking of a thousand things that a process does, how many are overtaken
 * @param losing of a thousand calls of the database, how many are lost
 * @param crashing of ten thousand things that a process does, at how many it dies
 * @param linking whether callers give files several names
 */
record Climate(int hosts, int overtaking, int losing, int crashing, int steps, boolean linking) {
  static Climate of(Random random) {
    int[] overtaking = {0, 20, 60, 150};
    int[] losing = {0, 0, 30, 150};
    int[] crashing = {0, 0, 20, 100};
    return new Climate(
        2 + random.nextInt(3),
        overtaking[random.nextInt(overtaking.length)],
        losing[random.nextInt(losing.length)],
        crashing[random.nextInt(crashing.length)],
        20 + random.nextInt(60),
        false);
  }

  Climate withLinks() {
    return new Climate(hosts, overtaking, losing, crashing, steps, true);
  }
}
