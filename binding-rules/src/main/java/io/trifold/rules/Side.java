package io.trifold.rules;

/** One of the two directory trees that a mount is made of. */
public enum Side {
  /** The application's own root directory, below the mount. */
  APPLICATION,
  /** The root of the shared storage. */
  SHARED
}
