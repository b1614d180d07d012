package io.trifold.upkeep;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand;
import io.trifold.control.ControlException;
import io.trifold.queue.QueueException;
import io.trifold.replica.Replica;
import io.trifold.replica.Verifier;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** {@code skip}: passes over the event at {@code position}, which cannot be trusted. */
public final class SkipCommand implements ControlCommand {
  private final Replica replica;

  public SkipCommand(Replica replica) {
    this.replica = replica;
  }

  @Override
  public int run(JsonNode arguments, Answers answers)
      throws ControlException, QueueException, IOException {
    long position = arguments.path("position").asLong();
    try {
      Optional<String> path = replica.skip(position);
      String what = path.map(its -> "; it named " + its).orElse("; there was no such event");
      answers.give(Map.of("line", "every host passes over event " + position + what));
      return 0;
    } catch (Verifier.NotNow e) {
      throw new ControlException(e.getMessage(), e);
    }
  }
}
