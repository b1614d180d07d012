package io.trifold.simulation.machine;

/** Thrown through a dead process's workers, at whatever they do next. */
public final class Crash extends Error {
  private static final long serialVersionUID = 1L;

  public Crash() {
    super("the process is dead", null, false, false);
  }
}
