package io.trifold.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand;
import io.trifold.control.ControlException;
import io.trifold.control.ControlServer;
import io.trifold.replica.LogPosition;
import io.trifold.replica.PositionException;
import io.trifold.replica.Positions;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** What {@code trifold position} and {@code trifold wait} ask for. */
public final class PositionCommands {
  private static final int TIMED_OUT = 3;
  private static final int PARKED = 4;
  private static final long MOST_MILLIS = Duration.ofHours(24).toMillis();

  private final Positions positions;

  private PositionCommands(Positions positions) {
    this.positions = positions;
  }

  /** Has the mount answer them. */
  public static void register(Positions positions, ControlServer server) {
    PositionCommands commands = new PositionCommands(positions);
    server.register("position", commands::position);
    server.register("wait", commands::await);
  }

  private int position(JsonNode arguments, ControlCommand.Answers answers)
      throws ControlException, IOException, InterruptedException {
    try {
      LogPosition position = positions.current(limit(arguments), () -> false);
      answers.give(Map.of("position", position.toString()));
      return 0;
    } catch (PositionException e) {
      throw failure(e);
    }
  }

  private int await(JsonNode arguments, ControlCommand.Answers answers)
      throws ControlException, InterruptedException {
    String text = arguments.path("position").asText();
    LogPosition position =
        LogPosition.parse(text)
            .orElseThrow(
                () ->
                    new ControlException(
                        "\""
                            + text
                            + "\" is no position: give what trifold position prints, as in"
                            + " 4711-9f3c21aa",
                        2));
    try {
      Optional<String> parked = positions.await(position, limit(arguments), () -> false);
      if (parked.isPresent()) {
        throw new ControlException(
            "applied, except what is parked (trifold status shows it): " + parked.get(), PARKED);
      }
      return 0;
    } catch (PositionException e) {
      throw failure(e);
    }
  }

  private static Duration limit(JsonNode arguments) {
    long millis = arguments.path("timeoutMillis").asLong(0);
    return Duration.ofMillis(Math.max(0, Math.min(millis, MOST_MILLIS)));
  }

  private static ControlException failure(PositionException e) {
    boolean timedOut = e.reason() == PositionException.Cause.TIMED_OUT;
    return new ControlException(e.getMessage(), timedOut ? TIMED_OUT : 1);
  }
}
