package io.trifold.farm;

import java.util.Locale;

/** When a host begins with a call. */
public enum CallOrder {
  /** When everything that was changed before the call has been applied. */
  AFTER_FILES,
  AT_ONCE;

  /** As it is written in settings. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
