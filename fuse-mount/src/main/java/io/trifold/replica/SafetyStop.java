package io.trifold.replica;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Decides whether so much is gone that nobody can have meant it. Two measures: what is found
 * missing, though no caller of the mount was seen to delete it, stops the host early; what callers
 * delete is meant, unless it is nearly everything. Pure but for what it remembers. Thread-safe.
 */
final class SafetyStop {
  /** Fewer are never too many. */
  static final int FEW = 10;

  /** Callers delete fewer than so many without being asked whether they meant it. */
  static final int MANY = 100;

  /** What callers may delete within the window, in percent of all that is propagated. */
  static final int NEARLY_ALL = 95;

  static final Duration WINDOW = Duration.ofMinutes(10);

  private final int percent;
  private Instant lastDelete = Instant.MIN;
  private long deleted;
  private boolean meant;

  /**
   * @param percent of what is known that may be found missing; 100 for no stop at all
   */
  SafetyStop(int percent) {
    this.percent = percent;
  }

  /**
   * Whether to stop over what was found missing.
   *
   * @param known how many paths should be there
   * @param missing how many of them are not, and nobody told
   * @return the reason to stop, if there is one
   */
  Optional<String> found(long known, long missing) {
    if (percent >= 100 || missing < FEW || missing * 100 <= known * percent) {
      return Optional.empty();
    }
    return Optional.of(
        missing + " of " + known + " propagated paths are gone, and not by way of the mount");
  }

  /**
   * Whether to stop before deletes that callers made are told to the farm.
   *
   * @param deletes how many
   * @param puts how many paths are made together with them
   * @param existing tells how many paths exist before both
   * @return the reason to stop, if there is one
   */
  synchronized Optional<String> told(long deletes, long puts, LongSupplier existing, Instant now) {
    if (deletes == 0) {
      return Optional.empty();
    }
    if (lastDelete.isBefore(now.minus(WINDOW))) {
      deleted = 0;
      meant = false;
    }
    lastDelete = now;
    if (percent < 100 && !meant && deleted + deletes >= MANY) {
      long before = existing.getAsLong();
      long most = before + deleted;
      long left = before + puts - deletes;
      if (left * 100 < most * (100 - NEARLY_ALL)) {
        return Optional.of(
            "nearly everything was deleted by way of the mount: of "
                + most
                + " propagated paths, "
                + Math.max(0, left)
                + " are left");
      }
    }
    deleted += deletes;
    return Optional.empty();
  }

  /** It was meant: what callers delete in this window is told to the farm. */
  synchronized void resume(Instant now) {
    meant = true;
    lastDelete = now;
  }
}
