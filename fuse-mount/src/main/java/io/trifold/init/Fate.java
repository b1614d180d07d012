package io.trifold.init;

/** What becomes of a path in the application's root. */
public enum Fate {
  /** It is propagated: the farm gets to know it. */
  REGISTERED,
  /** It is remote, and lies in the root alone: it goes to the shared storage. */
  MOVED,
  /** It is remote, and the shared storage has the same: the one here is not used any more. */
  EQUAL,
  /** It is remote, and something else stands there on the shared storage: both stay as they are. */
  DIFFERENT,
  /** It is remote and a pipe, socket or device: it stays, and is not seen through the mount. */
  SPECIAL,
  /** It is local: it stays as it is. */
  LOCAL
}
