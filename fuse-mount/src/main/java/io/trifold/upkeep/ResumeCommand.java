package io.trifold.upkeep;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand;
import io.trifold.posix.ErrnoException;
import io.trifold.replica.Replica;
import java.io.IOException;
import java.util.Map;

/** {@code resume}: what stopped propagation was meant. */
public final class ResumeCommand implements ControlCommand {
  private final Replica replica;

  public ResumeCommand(Replica replica) {
    this.replica = replica;
  }

  @Override
  public int run(JsonNode arguments, Answers answers) throws ErrnoException, IOException {
    String reason = replica.resume();
    answers.give(
        Map.of(
            "line",
            reason.isEmpty()
                ? "nothing to resume: propagation is not held"
                : "propagation goes on, although " + reason));
    return 0;
  }
}
