package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code trifold tasks limit}. */
@Command(
    name = "limit",
    description = {
      "Has these tasks alone run by themselves, on the whole farm, until --off.",
      "With neither tasks nor --off, shows to which the schedule is limited."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class TasksLimitCommand implements Callable<Integer> {
  @Mixin private MountChoice mount;

  @Parameters(arity = "0..*", paramLabel = "TASK", description = "Its name.")
  private List<String> tasks = new ArrayList<>();

  @Option(names = "--off", description = "Has all tasks run again.")
  private boolean off;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (off && !tasks.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--off takes no tasks: leave out " + tasks);
    }
    return mount
        .control()
        .call("task-limit", Map.of("tasks", tasks, "off", off), TasksLimitCommand::print);
  }

  private static void print(JsonNode limit) {
    List<String> names = new ArrayList<>();
    limit.path("tasks").forEach(name -> names.add(name.asText()));
    System.out.println(
        names.isEmpty()
            ? "the schedule is not limited"
            : "the schedule is limited to " + String.join(", ", names));
  }
}
