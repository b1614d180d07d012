package io.trifold.config;

/** Whether the kernel enforces POSIX ACLs on the mount. */
public enum AclChoice {
  /** If there are any near the roots. */
  AUTO,
  ON,
  OFF
}
