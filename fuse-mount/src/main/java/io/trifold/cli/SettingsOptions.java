package io.trifold.cli;

import io.trifold.config.Machine;
import io.trifold.config.MountSettings;
import io.trifold.config.Setting;
import io.trifold.config.SettingsException;
import io.trifold.config.SettingsReader;
import io.trifold.posix.MountTable;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The options by which a command is told about a mount. */
final class SettingsOptions {
  static final String FOOTER_1 =
      "Every option can also be a variable (TRIFOLD_RULES for --rules, and so on), or a line in";
  static final String FOOTER_2 =
      "the file of --config (rules = \"…\"), which can name the root, too (root = \"…\"). Options"
          + " win";
  static final String FOOTER_3 =
      "over variables, variables over the file. Mounted by root without --config, a file in";
  static final String FOOTER_4 =
      "/etc/trifold/*.toml whose root is ROOT is taken. A database's password is set as";
  static final String FOOTER_5 =
      "TRIFOLD_QUEUE_PASSWORD, by --queue-password-file, or as queue-password in the file.";

  private final Map<Setting, String> flags = new EnumMap<>(Setting.class);

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

  @Option(
      names = "--io-uring",
      paramLabel = "WHETHER",
      description =
          "on, off or auto: whether requests come over io_uring, which is faster. Default: auto,"
              + " where the kernel has it switched on.")
  void ioUring(String value) {
    flags.put(Setting.IO_URING, value);
  }

  @Option(
      names = "--syslog",
      paramLabel = "ADDRESS",
      description =
          "Where lines of logs go that go to syslog: local, unix:/PATH, udp://HOST:PORT,"
              + " tcp://HOST:PORT or tls://HOST:PORT. Default: local, which is /dev/log.")
  void syslog(String value) {
    flags.put(Setting.SYSLOG, value);
  }

  @Option(
      names = "--syslog-ca",
      paramLabel = "FILE",
      description = "Whose certificates are trusted with tls://. Default: the system's.")
  void syslogCa(String value) {
    flags.put(Setting.SYSLOG_CA, value);
  }

  @Option(
      names = "--log-spool",
      paramLabel = "SIZE",
      description = "How much of logs may wait on disk for its targets. Default: 256M.")
  void logSpool(String value) {
    flags.put(Setting.LOG_SPOOL, value);
  }

  @Option(
      names = "--log-retention",
      paramLabel = "AGE",
      description = "How long the database keeps lines of logs. Default: 7d.")
  void logRetention(String value) {
    flags.put(Setting.LOG_RETENTION, value);
  }

  /**
   * The settings that these options, the environment and the files make.
   *
   * @param root the argument ROOT; null if it was not given
   * @param warn told what there is to know though nothing is wrong, a line
   */
  MountSettings read(Machine machine, String root, Consumer<String> warn)
      throws SettingsException, IOException {
    MountSettings settings =
        SettingsReader.read(
            machine,
            MountTable.read(),
            Optional.ofNullable(root),
            flags,
            Optional.ofNullable(config));
    if (flags.getOrDefault(Setting.QUEUE, "").contains("password=")) {
      warn.accept(
          "the password in --queue can be read by every user of this machine while this command"
              + " runs: use TRIFOLD_QUEUE_PASSWORD or --queue-password-file");
    }
    return settings;
  }

  @Option(
      names = "--scrub-rate",
      paramLabel = "BYTES",
      description =
          "How many bytes a second the verification in the background reads, or off. Default: 8M.")
  void scrubRate(String value) {
    flags.put(Setting.SCRUB_RATE, value);
  }

  @Option(
      names = "--safety-stop",
      paramLabel = "PERCENT",
      description =
          "Stop propagating, rather than delete everywhere, when more of the propagated files than"
              + " so many percent are found missing, or off. Default: 50.")
  void safetyStop(String value) {
    flags.put(Setting.SAFETY_STOP, value);
  }

  @Option(
      names = "--journal-limit",
      paramLabel = "CHANGES",
      description =
          "How many changed paths may wait while the database is away before more changes are"
              + " refused, or off. Default: 1000000.")
  void journalLimit(String value) {
    flags.put(Setting.JOURNAL_LIMIT, value);
  }
}
