package io.trifold.cli;

import io.trifold.config.MountSettings;
import io.trifold.config.Setting;
import io.trifold.config.SettingsException;
import io.trifold.config.SettingsReader;
import io.trifold.daemon.Detached;
import io.trifold.daemon.Foreground;
import io.trifold.daemon.MountChecks;
import io.trifold.posix.MountTable;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
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
      "Every option can also be a variable (TRIFOLD_RULES for --rules, and so on), or a line in",
      "the file of --config (rules = \"…\"), which can name the root, too (root = \"…\"). Options"
          + " win",
      "over variables, variables over the file. Mounted by root without --config, a file in",
      "/etc/trifold/*.toml whose root is ROOT is taken. A database's password is set as",
      "TRIFOLD_QUEUE_PASSWORD, by --queue-password-file, or as queue-password in the file."
    })
final class MountCommand implements Callable<Integer> {
  private final Invocation invocation;
  private final LauncherPipe launcher;
  private final Map<Setting, String> flags = new EnumMap<>(Setting.class);

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

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A TOML file with any of these settings.")
  private String config;

  @Option(
      names = "--rules",
      paramLabel = "FILE|PRESET",
      description = "What binds each path: a rule file, or one of: trifold rules presets.")
  void rules(String value) {
    flags.put(Setting.RULES, value);
  }

  @Option(
      names = "--remote",
      paramLabel = "DIR",
      description =
          "The root of the shared storage. Default: shared_storage beside ROOT. Never created.")
  void remote(String value) {
    flags.put(Setting.REMOTE, value);
  }

  @Option(
      names = "--queue",
      paramLabel = "JDBC-URL",
      description =
          "The farm's PostgreSQL: jdbc:postgresql://HOST:PORT/DATABASE. Default: one built in, for"
              + " all mounts of this machine that name the same --state.")
  void queue(String value) {
    flags.put(Setting.QUEUE, value);
  }

  @Option(names = "--queue-user", paramLabel = "NAME", description = "The database's user.")
  void queueUser(String value) {
    flags.put(Setting.QUEUE_USER, value);
  }

  @Option(
      names = "--queue-password-file",
      paramLabel = "FILE",
      description = "A file with the database's password in its first line.")
  void queuePasswordFile(String value) {
    flags.put(Setting.QUEUE_PASSWORD_FILE, value);
  }

  @Option(
      names = "--farm-key",
      paramLabel = "FILE",
      description =
          "The key that the farm's hosts share. Default: farm.key in --state, made by the farm's"
              + " first mount; copy it to the other machines.")
  void farmKey(String value) {
    flags.put(Setting.FARM_KEY, value);
  }

  @Option(
      names = "--host",
      paramLabel = "NAME",
      description = "This host's name in its farm. Default: the machine's.")
  void host(String value) {
    flags.put(Setting.HOST, value);
  }

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "Where this machine keeps its journals. Default: /var/lib/trifold.")
  void state(String value) {
    flags.put(Setting.STATE, value);
  }

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "primary, replica or auto. Default: auto.")
  void mode(String value) {
    flags.put(Setting.MODE, value);
  }

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      description = "kernel, jnr or auto, which is kernel where that works. Default: auto.")
  void transport(String value) {
    flags.put(Setting.TRANSPORT, value);
  }

  @Option(
      names = "--acl",
      paramLabel = "WHETHER",
      description =
          "on, off or auto: whether POSIX ACLs count. Default: auto, if there are any within two"
              + " levels of the roots.")
  void acl(String value) {
    flags.put(Setting.ACL, value);
  }

  @Override
  public Integer call() throws Exception {
    if (!foreground && !invocation.detached()) {
      throw new SettingsException(
          "without its launcher, scripts/trifold, it mounts in the foreground alone: add"
              + " --foreground");
    }
    MountSettings settings =
        SettingsReader.read(
            invocation.machine(),
            MountTable.read(),
            Optional.ofNullable(root),
            flags,
            Optional.ofNullable(config));
    if (flags.getOrDefault(Setting.QUEUE, "").contains("password=")) {
      tell(
          "warning: the password in --queue can be read by every user of this machine while this"
              + " command runs: use TRIFOLD_QUEUE_PASSWORD or --queue-password-file");
    }
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
