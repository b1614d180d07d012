package io.trifold.config;

import java.util.Locale;

/** Which part a host takes in its farm. */
public enum Mode {
  PRIMARY,
  REPLICA,
  /** Whichever the farm needs. */
  AUTO;

  /** As it is written in settings. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
