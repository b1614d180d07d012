package io.trifold.rules;

import java.util.Locale;

/** What a path is bound to. */
public enum Binding {
  /** On this host's disk, seen by this host. */
  LOCAL(Side.APPLICATION),
  /** On every host's own disk, kept in sync through the farm's log. */
  PROPAGATED(Side.APPLICATION),
  /** On the shared storage, seen by every host at once. */
  REMOTE(Side.SHARED),
  /** A log file on this host's disk, whose lines are routed. */
  LOG(Side.APPLICATION);

  private final Side side;

  Binding(Side side) {
    this.side = side;
  }

  /** The directory tree in which the bytes of a path of this binding are kept. */
  public Side side() {
    return side;
  }

  /** The word for this binding in a rule file. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
