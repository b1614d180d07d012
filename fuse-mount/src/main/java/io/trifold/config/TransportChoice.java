package io.trifold.config;

import java.util.Locale;

/** Which transport serves the mount. */
public enum TransportChoice {
  /** {@link #KERNEL} where it works, {@link #JNR} elsewhere. */
  AUTO,
  KERNEL,
  JNR;

  /** As it is written in settings. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
