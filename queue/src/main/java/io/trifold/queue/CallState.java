package io.trifold.queue;

import java.util.Locale;

/** What has become of a call on one host. */
public enum CallState {
  WAITING,
  RUNNING,
  /** It ran, and ended well. */
  OK,
  /** It ran and ended badly, or the host would not run it. */
  FAILED,
  /** The host did not begin in time. */
  EXPIRED,
  /** The host began, and died before it told the end. */
  UNKNOWN;

  /** As it is shown and stored. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it stays. */
  public boolean isEnd() {
    return this != WAITING && this != RUNNING;
  }

  static CallState ofWord(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
