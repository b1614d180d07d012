package io.trifold.farm;

import com.cronutils.model.Cron;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A task of the schedule.
 *
 * @param cron when it is due
 * @param command a program and its arguments; no shell reads them
 * @param user as whom; none is as the daemon itself, who is an ordinary user then
 * @param directory where, relative to the root
 * @param limit how long it may take
 * @param retry whether a run whose end is not known is tried again
 * @param order those that have one run one after another, the least first
 */
public record TaskDeclaration(
    String name,
    Cron cron,
    Where where,
    List<String> command,
    Optional<String> user,
    String directory,
    Duration limit,
    Overlap overlap,
    CatchUp catchUp,
    boolean retry,
    OptionalInt order) {
  public TaskDeclaration {
    command = List.copyOf(command);
  }

  /** On which hosts it runs. */
  public enum Where {
    /** On the farm's primary alone. */
    PRIMARY,
    EVERY_HOST
  }

  /** What becomes of a run that is due while an earlier one has not ended. */
  public enum Overlap {
    SKIP,
    WAIT,
    ALLOW
  }

  /** What becomes of the due times that nobody was there for. */
  public enum CatchUp {
    NONE,
    /** The last of them is made up for. */
    LAST,
    /** All of them are, one after another. */
    ALL
  }
}
