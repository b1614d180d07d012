package io.trifold.config;

import io.trifold.farm.CallDeclaration;
import io.trifold.farm.FarmSettings;
import io.trifold.farm.TaskSource;
import io.trifold.logs.SyslogAddress;
import io.trifold.posix.MountTable;
import io.trifold.queue.Membership;
import io.trifold.queue.QueueSettings;
import io.trifold.replica.Upkeep;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Gathers the settings of a mount. Of what is set more than once, the flag counts, then the
 * variable, then the file.
 */
public final class SettingsReader {
  private static final Path STATE = Path.of("/var/lib/trifold");
  private static final Pattern ADDRESS =
      Pattern.compile("(\\[[0-9a-fA-F:]+\\]|[^:]+):([0-9]{1,5})");
  private static final UUID NOBODY = new UUID(0, 0);

  private final Machine machine;
  private final MountTable mounts;
  private final Map<Setting, String> flags;
  private Optional<ConfigFile> file = Optional.empty();

  private SettingsReader(Machine machine, MountTable mounts, Map<Setting, String> flags) {
    this.machine = machine;
    this.mounts = mounts;
    this.flags = flags;
  }

  /**
   * Gathers them.
   *
   * @param machine where this runs
   * @param mounts what is mounted here
   * @param root the argument {@code ROOT}; without, the file must name it
   * @param flags what was given on the command line
   * @param config the argument of {@code --config}; without, a file of {@link
   *     Machine#systemConfigs} that names this root is taken
   */
  public static MountSettings read(
      Machine machine,
      MountTable mounts,
      Optional<String> root,
      Map<Setting, String> flags,
      Optional<String> config)
      throws SettingsException {
    SettingsReader reader = new SettingsReader(machine, mounts, flags);
    return reader.read(root.map(path -> new Given(path, "ROOT", machine.directory())), config);
  }

  private MountSettings read(Optional<Given> rootArgument, Optional<String> config)
      throws SettingsException {
    if (config.isPresent()) {
      file = Optional.of(ConfigFile.read(machine.directory().resolve(config.get()).normalize()));
    }
    Path root = root(rootArgument);
    if (file.isEmpty()) {
      file = systemConfig(root);
    }
    if (file.isPresent()) {
      file.get().check();
    }
    Path state = path(Setting.STATE, STATE);
    String rules = rules();
    return new MountSettings(
        root,
        rules,
        path(Setting.REMOTE, root.resolveSibling("shared_storage")),
        queue(),
        host(root),
        state,
        word(Setting.MODE, Mode.AUTO),
        word(Setting.TRANSPORT, TransportChoice.AUTO),
        word(Setting.ACL, AclChoice.AUTO),
        word(Setting.IO_URING, IoUringChoice.AUTO),
        logs(),
        path(Setting.FARM_KEY, state.resolve("farm.key")),
        farm(rules),
        upkeep());
  }

  private FarmSettings farm(String rules) throws SettingsException {
    boolean isRoot = machine.systemConfigs().isPresent();
    Optional<ConfigTable> calls = file.isPresent() ? file.get().table("calls") : Optional.empty();
    Optional<Given> tasks = find(Setting.TASKS);
    Optional<TaskSource> source = Optional.empty();
    if (tasks.isPresent()) {
      TaskFile taskFile = new TaskFile(tasks.get().path(), isRoot);
      // An error now is one for who mounts; later ones go to the status.
      taskFile.parse();
      source = Optional.of(taskFile);
    }
    boolean ticks = word(Setting.CRON, CronChoice.SYSTEM) == CronChoice.DAEMON;
    CallTables tables = new CallTables(isRoot);
    Map<String, CallDeclaration> presets = new PresetCalls(tables).of(rules);
    return new FarmSettings(tables.read(calls, presets), source, ticks, health(), readyLag());
  }

  private Optional<InetSocketAddress> health() throws SettingsException {
    Optional<Given> given = find(Setting.HEALTH);
    if (given.isEmpty()) {
      return Optional.empty();
    }
    Matcher form = ADDRESS.matcher(given.get().value());
    int port = form.matches() ? Integer.parseInt(form.group(2)) : 0;
    if (port < 1 || port > 65535) {
      throw given
          .get()
          .error(
              "\"" + given.get().value() + "\" is no address such as 127.0.0.1:8079 or [::]:8079");
    }
    InetSocketAddress address = new InetSocketAddress(form.group(1), port);
    if (address.isUnresolved()) {
      throw given.get().error("\"" + form.group(1) + "\" is no host that is known here");
    }
    return Optional.of(address);
  }

  private long readyLag() throws SettingsException {
    Optional<Given> given = find(Setting.READY_LAG);
    if (given.isEmpty()) {
      return FarmSettings.READY_LAG;
    }
    if (!given.get().value().matches("[0-9]{1,9}")) {
      throw given.get().error("\"" + given.get().value() + "\" is no number of events");
    }
    return Long.parseLong(given.get().value());
  }

  private Path root(Optional<Given> argument) throws SettingsException {
    Optional<Given> named = file.isPresent() ? file.get().root() : Optional.empty();
    if (argument.isEmpty() && named.isEmpty()) {
      throw new SettingsException(
          "ROOT is missing: name the directory to mount over, as an argument or as root = \"…\" in"
              + " the file of --config");
    }
    Path root = canonical(argument.orElseGet(named::get));
    if (named.isPresent() && !canonical(named.get()).equals(root)) {
      throw named.get().error("is " + named.get().value() + ", and the argument is " + root);
    }
    return root;
  }

  private Path canonical(Given root) throws SettingsException {
    return RootPath.canonical(root.path(), root.origin(), mounts);
  }

  private Optional<ConfigFile> systemConfig(Path root) throws SettingsException {
    List<ConfigFile> found = new ArrayList<>();
    for (Path candidate : systemConfigs()) {
      ConfigFile config = ConfigFile.read(candidate);
      Optional<Given> named = config.root();
      if (named.isPresent() && isAbout(named.get(), root)) {
        found.add(config);
      }
    }
    if (found.size() > 1) {
      throw new SettingsException(
          found.get(1) + ": is about " + root + ", and so is " + found.get(0) + ": remove one");
    }
    return found.stream().findFirst();
  }

  /** Another file's root may be missing; that is no concern of this mount. */
  private boolean isAbout(Given named, Path root) {
    try {
      return canonical(named).equals(root);
    } catch (SettingsException e) {
      return false;
    }
  }

  private List<Path> systemConfigs() throws SettingsException {
    Optional<Path> directory = machine.systemConfigs().filter(Files::isDirectory);
    if (directory.isEmpty()) {
      return List.of();
    }
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory.get(), "*.toml")) {
      all.forEach(files::add);
    } catch (IOException e) {
      throw new SettingsException(directory.get() + ": cannot be read: " + e.getMessage(), e);
    }
    files.sort(null);
    return files;
  }

  private String rules() throws SettingsException {
    Given given =
        find(Setting.RULES)
            .orElseThrow(
                () ->
                    new SettingsException(
                        "no rules: name a rule file or a preset with --rules (trifold rules"
                            + " presets lists the presets)"));
    String value = given.value();
    if (value.startsWith(PresetCalls.PRESET)) {
      return value;
    }
    boolean isFile = value.contains("/") || value.contains(".") || Files.exists(given.path());
    return isFile ? given.path().toString() : PresetCalls.PRESET + value;
  }

  private Optional<QueueSettings> queue() throws SettingsException {
    Optional<Given> url = find(Setting.QUEUE);
    Optional<Given> user = find(Setting.QUEUE_USER);
    Optional<String> password = password();
    if (url.isEmpty()) {
      if (user.isPresent()) {
        throw user.get().error("is about a database: name it with --queue, too");
      }
      return Optional.empty();
    }
    if (!url.get().value().startsWith("jdbc:postgresql:")) {
      throw url.get().error("is no PostgreSQL URL: write jdbc:postgresql://HOST:PORT/DATABASE");
    }
    return Optional.of(new QueueSettings(url.get().value(), user.map(Given::value), password));
  }

  private Optional<String> password() throws SettingsException {
    Optional<Given> password = find(Setting.QUEUE_PASSWORD);
    Optional<Given> passwordFile = find(Setting.QUEUE_PASSWORD_FILE);
    if (passwordFile.isPresent() && password.isEmpty()) {
      return Optional.of(Secrets.read(passwordFile.get()));
    }
    return password.map(Given::value);
  }

  private Upkeep upkeep() throws SettingsException {
    Upkeep usual = Upkeep.DEFAULT;
    Optional<Given> rate = find(Setting.SCRUB_RATE);
    Optional<Given> stop = find(Setting.SAFETY_STOP);
    Optional<Given> limit = find(Setting.JOURNAL_LIMIT);
    return new Upkeep(
        rate.isPresent() ? rate.get().bytesOrOff() : usual.scrubRate(),
        usual.scrubPause(),
        stop.isPresent() ? (int) stop.get().numberOrOff(1, 99, 100) : usual.safetyStop(),
        limit.isPresent()
            ? (int) limit.get().numberOrOff(1, Integer.MAX_VALUE, Integer.MAX_VALUE)
            : usual.journalLimit());
  }

  private String host(Path root) throws SettingsException {
    Given given =
        find(Setting.HOST)
            .orElseGet(
                () ->
                    new Given(
                        machine.hostName(), "the machine's name as --host", machine.directory()));
    try {
      return new Membership(given.value(), NOBODY, NOBODY, Mode.AUTO.word(), root.toString())
          .host();
    } catch (IllegalArgumentException e) {
      throw given.error(e.getMessage());
    }
  }

  private LogChoices logs() throws SettingsException {
    Optional<Given> authorities = find(Setting.SYSLOG_CA);
    Optional<Given> address = find(Setting.SYSLOG);
    Optional<Given> spool = find(Setting.LOG_SPOOL);
    Optional<Given> retention = find(Setting.LOG_RETENTION);
    LogChoices otherwise = LogChoices.NONE;
    return new LogChoices(
        address.isPresent() ? syslog(address.get(), authorities) : otherwise.syslog(),
        spool.isPresent() ? Quantities.bytes(spool.get()) : otherwise.spoolLimit(),
        retention.isPresent() ? Quantities.age(retention.get()) : otherwise.retention());
  }

  private static SyslogAddress syslog(Given address, Optional<Given> authorities)
      throws SettingsException {
    Optional<Path> file = Optional.empty();
    if (authorities.isPresent()) {
      file = Optional.of(authorities.get().path());
      if (!Files.isReadable(file.get())) {
        throw authorities.get().error(file.get() + " cannot be read");
      }
    }
    try {
      return SyslogAddress.parse(address.value(), file);
    } catch (IllegalArgumentException e) {
      throw address.error(e.getMessage());
    }
  }

  private Path path(Setting setting, Path otherwise) throws SettingsException {
    Optional<Given> given = find(setting);
    return given.isPresent() ? given.get().path() : otherwise;
  }

  private <E extends Enum<E>> E word(Setting setting, E otherwise) throws SettingsException {
    Optional<Given> given = find(setting);
    return given.isPresent() ? given.get().oneOf(otherwise.getDeclaringClass()) : otherwise;
  }

  private Optional<Given> find(Setting setting) throws SettingsException {
    String flag = flags.get(setting);
    if (flag != null) {
      Given given = new Given(flag, setting.flag(), machine.directory());
      if (flag.isBlank()) {
        throw given.error("is empty");
      }
      return Optional.of(given);
    }
    String variable = machine.environment().getOrDefault(setting.variable(), "");
    if (!variable.isBlank()) {
      return Optional.of(new Given(variable, setting.variable(), machine.directory()));
    }
    return file.isPresent() ? file.get().find(setting) : Optional.empty();
  }
}
