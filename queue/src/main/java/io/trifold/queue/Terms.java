package io.trifold.queue;

import java.time.Duration;
import java.util.Optional;

/**
 * How a draft is to be taken up.
 *
 * @param policy what becomes of it in a conflict
 * @param aside its path if it is kept beside; there is one just for contents under {@link
 *     ConflictPolicy#KEEP_BOTH}
 * @param kept for how long it stays in the history, from when it is no longer the path's version;
 *     whole seconds
 */
public record Terms(ConflictPolicy policy, Optional<String> aside, Duration kept) {
  /** As where no rule says otherwise. */
  public static final Terms DEFAULT =
      new Terms(ConflictPolicy.LAST_WINS, Optional.empty(), Duration.ofDays(30));
}
