package io.trifold.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.farm.CallAction;
import io.trifold.farm.CallDeclaration;
import io.trifold.farm.FarmSettings;
import io.trifold.posix.MountTable;
import io.trifold.replica.Upkeep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
  private static final MountTable NOTHING_MOUNTED = new MountTable(List.of());

  @TempDir private Path directory;
  private Path root;
  private Path etc;
  private final Map<String, String> environment = new HashMap<>();
  private final Map<Setting, String> flags = new HashMap<>();

  @BeforeEach
  void makeRoot() throws Exception {
    directory = directory.toRealPath();
    root = Files.createDirectory(directory.resolve("app"));
    etc = Files.createDirectory(directory.resolve("etc"));
    flags.put(Setting.RULES, "composr");
  }

  private MountSettings read(String config) throws SettingsException {
    return read(Optional.of("app"), Optional.ofNullable(config));
  }

  private MountSettings read(Optional<String> rootArgument, Optional<String> config)
      throws SettingsException {
    Machine machine = new Machine(environment, directory, "web1", Optional.of(etc));
    return SettingsReader.read(machine, NOTHING_MOUNTED, rootArgument, flags, config);
  }

  private String file(String name, String... lines) throws Exception {
    return Files.write(directory.resolve(name), List.of(lines)).toString();
  }

  @Test
  void leavesTheRestToDefaults() throws Exception {
    String rules = file("site.rules", "local /x");
    flags.put(Setting.RULES, rules);

    MountSettings settings = read(null);

    assertThat(settings)
        .isEqualTo(
            new MountSettings(
                root,
                rules,
                directory.resolve("shared_storage"),
                Optional.empty(),
                "web1",
                Path.of("/var/lib/trifold"),
                Mode.AUTO,
                TransportChoice.AUTO,
                AclChoice.AUTO,
                IoUringChoice.AUTO,
                LogChoices.NONE,
                Path.of("/var/lib/trifold/farm.key"),
                FarmSettings.NONE,
                Upkeep.DEFAULT));
  }

  @Test
  void takesTheCallsOfAPresetUnlessTheFileHasItsOwn() throws Exception {
    CallDeclaration brought = read(null).farm().calls().get("git-pull");
    assertThat(brought.action())
        .isEqualTo(new CallAction.BuiltIn(CallAction.Operation.GIT_PULL, List.of()));
    assertThat(brought.user()).contains("@owner");

    flags.put(Setting.RULES, file("site.rules", "include preset:composr", "remote /galleries/"));
    String config =
        file(
            "c.toml",
            "[calls.clear]",
            "command = [\"true\"]",
            "user = \"nobody\"",
            "[calls.deploy]",
            "builtin = \"git-pull\"",
            "user = \"nobody\"",
            "then = [\"clear\"]");
    assertThat(read(config).farm().calls()).containsOnlyKeys("git-pull", "clear", "deploy");

    String own = file("own.toml", "[calls.git-pull]", "command = [\"true\"]", "user = \"deploy\"");
    assertThat(read(own).farm().calls().get("git-pull").user()).contains("deploy");
  }

  @Test
  void readsWhatTheReplicaLooksAfter() throws Exception {
    flags.put(Setting.SCRUB_RATE, "64M");
    environment.put("TRIFOLD_SAFETY_STOP", "off");
    String config = file("c.toml", "journal-limit = \"5000\"");

    Upkeep upkeep = read(config).upkeep();

    assertThat(upkeep.scrubRate()).isEqualTo(64L << 20);
    assertThat(upkeep.safetyStop()).isEqualTo(100);
    assertThat(upkeep.journalLimit()).isEqualTo(5000);
  }

  @ParameterizedTest
  @CsvSource({
    "SCRUB_RATE,fast,is no number of bytes",
    "SAFETY_STOP,0,is out of range",
    "JOURNAL_LIMIT,many,is neither a number nor off"
  })
  void refusesWhatIsNoNumber(Setting setting, String value, String reason) {
    flags.put(setting, value);

    assertThatThrownBy(() -> read(null))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith(setting.flag())
        .hasMessageContaining(reason);
  }

  @Test
  void takesTheFlagBeforeTheVariableBeforeTheFile() throws Exception {
    String config =
        file("c.toml", "host = \"in-file\"", "mode = \"replica\"", "transport = \"jnr\"");
    environment.put("TRIFOLD_HOST", "in-variable");
    environment.put("TRIFOLD_MODE", "primary");
    flags.put(Setting.HOST, "in-flag");

    MountSettings settings = read(config);

    assertThat(settings.host()).isEqualTo("in-flag");
    assertThat(settings.mode()).isEqualTo(Mode.PRIMARY);
    assertThat(settings.transport()).isEqualTo(TransportChoice.JNR);
    assertThat(settings.acl()).isEqualTo(AclChoice.AUTO);
    assertThat(settings.ioUring()).isEqualTo(IoUringChoice.AUTO);
  }

  @Test
  void readsWhatIsSetAboutLogs() throws Exception {
    String config = file("c.toml", "syslog = \"udp://log.example.org\"", "log-spool = \"2G\"");
    flags.put(Setting.LOG_RETENTION, "36h");

    LogChoices logs = read(config).logs();

    assertThat(logs.syslog()).hasToString("udp://log.example.org:514");
    assertThat(logs.spoolLimit()).isEqualTo(2L << 30);
    assertThat(logs.retention()).isEqualTo(Duration.ofHours(36));
  }

  @ParameterizedTest
  @CsvSource({
    "SYSLOG, log.example.org, --syslog: \"log.example.org\" is no address of a syslog",
    "LOG_SPOOL, 256, --log-spool: \"256\" is no size",
    "LOG_RETENTION, ever, --log-retention: \"ever\" is no age",
  })
  void saysWhatIsWrongAboutLogs(Setting setting, String value, String because) {
    flags.put(setting, value);

    assertThatThrownBy(() -> read(null)).hasMessageStartingWith(because);
  }

  @Test
  void findsRelativePathsBesideTheFileThatNamesThem() throws Exception {
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    file("elsewhere/c.toml", "rules = \"my.rules\"", "remote = \"nas\"", "root = \"../app\"");
    flags.clear();

    MountSettings settings = read(Optional.empty(), Optional.of("elsewhere/c.toml"));

    assertThat(settings.root()).isEqualTo(root);
    assertThat(settings.rules()).isEqualTo(elsewhere.resolve("my.rules").toString());
    assertThat(settings.remote()).isEqualTo(elsewhere.resolve("nas"));
  }

  @Test
  void takesAnExistingFileForRulesEvenIfItsNameCouldBeAPreset() throws Exception {
    file("composr", "local *.tmp");

    assertThat(read(null).rules()).isEqualTo(directory.resolve("composr").toString());
  }

  @Test
  void resolvesSymlinksOnTheWayToTheRoot() throws Exception {
    Files.createSymbolicLink(directory.resolve("link"), root);

    assertThat(read(Optional.of("link"), Optional.empty()).root()).isEqualTo(root);
  }

  @Test
  void doesNotAskTheDiskAboutARootThatIsMounted() throws Exception {
    Path gone = directory.resolve("gone");
    MountTable mounts =
        new MountTable(
            List.of(
                new MountTable.Mount(
                    50, 1, "0:50", "/", gone, MountTable.TRIFOLD, "trifold:web1")));
    Machine machine = new Machine(environment, directory, "web1", Optional.empty());

    MountSettings settings =
        SettingsReader.read(machine, mounts, Optional.of("gone"), flags, Optional.empty());

    assertThat(settings.root()).isEqualTo(gone);
  }

  @Test
  void saysThatTheRootIsMissing() {
    assertThatThrownBy(() -> read(Optional.of("nowhere"), Optional.empty()))
        .hasMessage("ROOT: " + directory.resolve("nowhere") + " does not exist: create it first");
  }

  @Test
  void findsTheSystemsFileThatIsAboutTheRoot() throws Exception {
    file("etc/a.toml", "root = \"/somewhere/else\"", "nonsense = 1");
    file("etc/b.toml", "root = \"" + root + "\"", "host = \"from-etc\"");

    assertThat(read(null).host()).isEqualTo("from-etc");
  }

  @Test
  void refusesTwoFilesOfTheSystemAboutOneRoot() throws Exception {
    file("etc/a.toml", "root = \"" + root + "\"");
    file("etc/b.toml", "root = \"" + root + "\"");

    assertThatThrownBy(() -> read(null))
        .hasMessage(
            etc.resolve("b.toml")
                + ": is about "
                + root
                + ", and so is "
                + etc.resolve("a.toml")
                + ": remove one");
  }

  @Test
  void refusesAFileAboutAnotherRoot() throws Exception {
    Path other = Files.createDirectory(directory.resolve("other"));
    String config = file("c.toml", "root = \"" + other + "\"");

    assertThatThrownBy(() -> read(config))
        .hasMessage(config + ":1:1: root: is " + other + ", and the argument is " + root);
  }

  @Test
  void showsWhereAnUnknownSettingIsAndWhatWasMeant() throws Exception {
    String config = file("c.toml", "mode = \"auto\"", "  trasport = \"jnr\"");

    assertThatThrownBy(() -> read(config))
        .hasMessage(config + ":2:3: unknown setting \"trasport\"; did you mean \"transport\"?");
  }

  @Test
  void showsWhereAValueHasTheWrongType() throws Exception {
    String config = file("c.toml", "", "host = 12");

    assertThatThrownBy(() -> read(config))
        .hasMessage(config + ":2:1: host must be text in quotes, and is a number");
  }

  @Test
  void showsWhereTheFileIsNotToml() throws Exception {
    String config = file("c.toml", "host = ");

    assertThatThrownBy(() -> read(config)).hasMessageStartingWith(config + ":1:8: ");
  }

  @Test
  void namesTheModes() {
    flags.put(Setting.MODE, "main");

    assertThatThrownBy(() -> read(null))
        .hasMessage("--mode: unknown mode \"main\": it is one of primary, replica, auto");
  }

  @Test
  void namesTheTransports() {
    environment.put("TRIFOLD_TRANSPORT", "smb");

    assertThatThrownBy(() -> read(null))
        .hasMessage("TRIFOLD_TRANSPORT: unknown transport \"smb\": it is one of auto, kernel, jnr");
  }

  @Test
  void refusesADatabaseThatIsNotPostgres() {
    flags.put(Setting.QUEUE, "jdbc:mysql://db/x");

    assertThatThrownBy(() -> read(null)).hasMessageStartingWith("--queue: is no PostgreSQL URL");
  }

  @Test
  void refusesANameThatCannotBeAHosts() {
    flags.put(Setting.HOST, "web 1");

    assertThatThrownBy(() -> read(null)).hasMessageStartingWith("--host: host name \"web 1\"");
  }

  @Test
  void readsThePasswordFromItsFileAndNeverShowsIt() throws Exception {
    flags.put(Setting.QUEUE, "jdbc:postgresql://db/farm");
    flags.put(Setting.QUEUE_PASSWORD_FILE, file("secret", "s3cret"));
    Files.setPosixFilePermissions(
        directory.resolve("secret"), PosixFilePermissions.fromString("rw-------"));

    MountSettings settings = read(null);

    assertThat(settings.queue().orElseThrow().password()).contains("s3cret");
    assertThat(settings.toString()).doesNotContain("s3cret");
  }

  @Test
  void refusesASecretThatEveryoneCanRead() throws Exception {
    String config = file("c.toml", "queue-password = \"s3cret\"");
    Files.setPosixFilePermissions(Path.of(config), PosixFilePermissions.fromString("rw-r--r--"));

    assertThatThrownBy(() -> read(config))
        .hasMessage(config + ": holds a password and is open to everyone: chmod 600 " + config);
  }
}
