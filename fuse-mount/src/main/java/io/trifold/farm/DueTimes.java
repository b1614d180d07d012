package io.trifold.farm;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** When tasks are due. Reads no clock. */
public final class DueTimes {
  /** What was due so recently is not late: who looks does so once a minute, or takes over. */
  static final Duration GRACE = Duration.ofMinutes(2);

  /** How far back anything is made up for. */
  static final Duration FARTHEST = Duration.ofDays(7);

  private static final int MOST = 100;

  private final ZoneId zone;

  DueTimes(ZoneId zone) {
    this.zone = zone;
  }

  /**
   * Reads an expression of cron's five fields.
   *
   * @throws IllegalArgumentException in words for a user
   */
  public static Cron parse(String expression) {
    Cron cron =
        new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX))
            .parse(expression);
    return cron.validate();
  }

  /**
   * The due times to be run now, in order.
   *
   * @param last the latest there is a run of; none if there never was one
   */
  List<Instant> of(
      Cron cron, TaskDeclaration.CatchUp catchUp, Optional<Instant> last, Instant now) {
    boolean late = catchUp != TaskDeclaration.CatchUp.NONE && last.isPresent();
    Instant from = now.minus(late ? FARTHEST : GRACE);
    if (last.isPresent() && last.get().isAfter(from)) {
      from = last.get();
    }
    ExecutionTime times = ExecutionTime.forCron(cron);
    List<Instant> due = new ArrayList<>();
    Optional<ZonedDateTime> next = times.nextExecution(from.atZone(zone));
    while (next.isPresent() && !next.get().toInstant().isAfter(now)) {
      due.add(next.get().toInstant());
      if (due.size() > MOST) {
        due.remove(0);
      }
      next = times.nextExecution(next.get());
    }
    boolean all = catchUp == TaskDeclaration.CatchUp.ALL;
    return all || due.isEmpty() ? due : due.subList(due.size() - 1, due.size());
  }

  /** When it is due next. */
  Optional<Instant> next(Cron cron, Instant now) {
    return ExecutionTime.forCron(cron)
        .nextExecution(now.atZone(zone))
        .map(ZonedDateTime::toInstant);
  }
}
