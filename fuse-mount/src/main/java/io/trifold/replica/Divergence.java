package io.trifold.replica;

import java.util.Locale;

/**
 * That what stands at a path is not what the log says.
 *
 * @param version the position of the log's version; 0 if it has none
 * @param here what stands here, in a few words
 * @param log what the log says, in a few words
 */
public record Divergence(String path, Kind kind, long version, String here, String log) {
  /** How it differs. */
  public enum Kind {
    /** The content is another though nobody is known to have changed it, or cannot be read. */
    DAMAGED,
    /** Somebody changed it below the mount. */
    CHANGED,
    /** Nothing stands here. */
    MISSING,
    /** The log knows of nothing here. */
    UNKNOWN,
    /** The log's version is not applied here: it could not be, or was missed. */
    UNAPPLIED;

    /** As it is shown. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One line for the operator. */
  public String describe() {
    String at = version > 0 ? " (position " + version + ")" : "";
    return kind.word() + ": " + path + ": here " + here + "; the log says " + log + at;
  }
}
