package io.trifold.simulation.machine;

/** Where a process can be overtaken by others, or die: before and after all that it does. */
@FunctionalInterface
public interface Moments {
  /**
   * Lets others have their turn.
   *
   * @param doing what the process is about to do, or has just done
   * @throws Crash if the process is dead by now: nothing of it may have any effect any more
   */
  void pass(String doing);
}
