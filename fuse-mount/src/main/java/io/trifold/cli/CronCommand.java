package io.trifold.cli;

import io.trifold.daemon.CronEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code trifold cron}. */
@Command(
    name = "cron",
    description = "Begins what the schedule has due on this host. For the system's Cron.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    footer = {"", "trifold cron --install has the system's Cron run it once a minute."})
final class CronCommand implements Callable<Integer> {
  @Mixin private MountChoice mount;

  @Option(names = "--limit", paramLabel = "TASK", split = ",", description = "Only these tasks.")
  private final List<String> only = new ArrayList<>();

  @Option(names = "--install", description = "Write the entry into the directory of Cron's.")
  private boolean install;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      defaultValue = "/etc/cron.d",
      description = "Where --install writes it: ${DEFAULT-VALUE}.")
  private Path directory;

  @Override
  public Integer call() throws Exception {
    if (install) {
      CronEntry.requireWritable(directory);
      System.out.println(new CronEntry(mount.mount().root()).install(directory));
      return 0;
    }
    return mount.control().call("cron", Map.of("only", only), nothing -> {});
  }
}
