package io.trifold.queue;

/** What becomes of a draft that meets a version of its path that it is not based on. */
public enum ConflictPolicy {
  /** It replaces that version, which stays in the history. */
  LAST_WINS(0),
  /** It is kept beside, under another name. */
  KEEP_BOTH(1),
  /** It replaces that version, unless that is of a primary and the draft is not. */
  PRIMARY_WINS(2),
  /** It gives way: it is for the version that it is based on and for no other. */
  ONLY_IF_UNCHANGED(3);

  private final int code;

  ConflictPolicy(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static ConflictPolicy of(int code) throws MalformedEventException {
    for (ConflictPolicy policy : values()) {
      if (policy.code == code) {
        return policy;
      }
    }
    throw new MalformedEventException("no such policy of conflicts: " + code);
  }
}
