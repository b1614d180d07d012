package io.trifold.upkeep;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand;
import io.trifold.control.ControlException;
import io.trifold.queue.FarmKey;
import io.trifold.queue.QueueException;
import io.trifold.replica.Replica;
import io.trifold.replica.ReplicaStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** {@code key}: shows the farm's keys, has a new one sign, or ends the time of the earlier ones. */
public final class KeyCommand implements ControlCommand {
  private final Path file;
  private final Replica replica;

  /**
   * @param file that the farm's keys are in
   */
  public KeyCommand(Path file, Replica replica) {
    this.file = file;
    this.replica = replica;
  }

  @Override
  public int run(JsonNode arguments, Answers answers)
      throws ControlException, QueueException, IOException {
    String verb = arguments.path("verb").asText();
    FarmKey key =
        switch (verb) {
          case "list" -> FarmKey.load(file);
          case "rotate" -> FarmKey.rotate(file);
          case "retire" -> FarmKey.retire(file, head());
          default -> throw new ControlException("no such verb: " + verb);
        };
    for (String line : key.describe()) {
      answers.give(Map.of("line", line));
    }
    if (!verb.equals("list")) {
      replica.reconnect();
      answers.give(
          Map.of("line", "copy " + file + " to the farm's other machines, to where theirs is"));
    }
    return 0;
  }

  private long head() throws ControlException {
    ReplicaStatus status = replica.status();
    if (!status.state().equals("live")) {
      throw new ControlException(
          "this host does not know how far the log reaches: it is " + status.state());
    }
    return status.head();
  }
}
