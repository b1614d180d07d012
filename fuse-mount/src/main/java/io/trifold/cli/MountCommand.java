package io.trifold.cli;

import io.trifold.config.MountSettings;
import io.trifold.config.SettingsException;
import io.trifold.daemon.Detached;
import io.trifold.daemon.Foreground;
import io.trifold.daemon.MountChecks;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold mount}. */
@Command(
    name = "mount",
    description = "Mounts over ROOT, and returns when the mount answers.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    footer = {
      "",
      SettingsOptions.FOOTER_1,
      SettingsOptions.FOOTER_2,
      SettingsOptions.FOOTER_3,
      SettingsOptions.FOOTER_4,
      SettingsOptions.FOOTER_5
    })
final class MountCommand implements Callable<Integer> {
  private final Invocation invocation;
  private final LauncherPipe launcher;

  @Mixin private SettingsOptions options;

  @Parameters(
      arity = "0..1",
      paramLabel = "ROOT",
      description = "The application's directory. Its files stay where they are, below the mount.")
  private String root;

  MountCommand(Invocation invocation, LauncherPipe launcher) {
    this.invocation = invocation;
    this.launcher = launcher;
  }

  @Option(names = "--foreground", description = "Stay, and log to standard error; ends on Ctrl-C.")
  private boolean foreground;

  @Override
  public Integer call() throws Exception {
    if (!foreground && !invocation.detached()) {
      throw new SettingsException(
          "without its launcher, scripts/trifold, it mounts in the foreground alone: add"
              + " --foreground");
    }
    MountSettings settings = options.read(invocation.machine(), root, MountCommand::warn);
    new MountChecks(settings).run().ifPresent(MountCommand::tell);
    if (invocation.detached()) {
      return new Detached(settings, launcher::ready).run(MountCommand::warn, System.out::println);
    }
    new Foreground(settings).run(MountCommand::tell);
    return 0;
  }

  private static void warn(String message) {
    tell("warning: " + message);
  }

  private static void tell(String line) {
    System.err.println("trifold: " + line);
  }
}
