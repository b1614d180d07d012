package io.trifold.config;

import com.cronutils.model.Cron;
import io.trifold.farm.DueTimes;
import io.trifold.farm.TaskDeclaration;
import io.trifold.farm.TaskSource;
import io.trifold.queue.Call;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The file of the schedule's tasks. Thread-safe. */
final class TaskFile implements TaskSource {
  private static final Duration LIMIT = Duration.ofHours(1);
  private static final Duration LONGEST = Duration.ofHours(24);

  /** Which version of the file was read. */
  private record Version(FileTime modified, long size) {}

  private final Path file;
  private final boolean root;
  private Optional<Version> version = Optional.empty();
  private Tasks tasks = Tasks.NONE;

  /**
   * The file.
   *
   * @param root whether the mount is root's, who can be every user
   */
  TaskFile(Path file, boolean root) {
    this.file = file;
    this.root = root;
  }

  @Override
  public synchronized Tasks read() throws UnreadableException {
    try {
      Version now = new Version(Files.getLastModifiedTime(file), Files.size(file));
      if (!version.equals(Optional.of(now))) {
        tasks = parse();
        version = Optional.of(now);
      }
      return tasks;
    } catch (IOException e) {
      throw new UnreadableException(file + ": cannot be read: " + e.getMessage(), e);
    } catch (SettingsException e) {
      throw new UnreadableException(e.getMessage(), e);
    }
  }

  Tasks parse() throws SettingsException {
    ConfigTable top = ConfigFile.read(file).whole();
    ZoneId zone = ZoneId.systemDefault();
    Optional<String> named = top.text("timezone");
    if (named.isPresent()) {
      try {
        zone = ZoneId.of(named.get());
      } catch (DateTimeException e) {
        throw top.error(
            "timezone", "\"" + named.get() + "\" is no time zone such as Europe/Berlin");
      }
    }
    List<TaskDeclaration> declared = new ArrayList<>();
    Optional<ConfigTable> tables = top.table("tasks");
    if (tables.isPresent()) {
      for (Map.Entry<String, ConfigTable> table : tables.get().tables().entrySet()) {
        declared.add(read(table.getKey(), table.getValue()));
      }
    }
    top.end();
    return new Tasks(declared, zone);
  }

  private TaskDeclaration read(String name, ConfigTable table) throws SettingsException {
    if (!Call.isName(name)) {
      throw table.error("a task's name has lower-case letters, digits and '-' only");
    }
    List<String> command = table.texts("command");
    if (command.isEmpty()) {
      throw table.error("needs a command = [\"program\", …]");
    }
    Optional<String> user = table.text("user");
    if (root && user.isEmpty()) {
      throw table.error("user is missing: name the one that it is to run as");
    }
    TaskDeclaration task =
        new TaskDeclaration(
            name,
            cron(table),
            table.word("on", TaskDeclaration.Where.PRIMARY),
            command,
            user,
            table.below("directory"),
            table.duration("limit", LIMIT, LONGEST),
            table.word("overlap", TaskDeclaration.Overlap.SKIP),
            table.word("catch-up", TaskDeclaration.CatchUp.NONE),
            table.flag("retry", false),
            table.has("order")
                ? OptionalInt.of((int) table.number("order", 0))
                : OptionalInt.empty());
    table.end();
    return task;
  }

  private static Cron cron(ConfigTable table) throws SettingsException {
    String expression = table.text("cron").orElseThrow(() -> table.error("needs a cron = \"…\""));
    try {
      return DueTimes.parse(expression);
    } catch (IllegalArgumentException e) {
      throw table.error(
          "cron",
          "\""
              + expression
              + "\" is no time of cron: "
              + e.getMessage().lines().findFirst().orElse(""));
    }
  }
}
