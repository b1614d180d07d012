package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.inspect.StatusText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator does with two hosts when something is wrong. */
class UpkeepIT {
  private static final String COMMAND = Commands.TOP.resolve("scripts/trifold").toString();

  @TempDir Path directory;

  private TwoHosts farm;

  /** The second host's files below its mount. */
  private Path below;

  @BeforeEach
  void mount() throws Exception {
    Requirements.mounts();
    farm = TwoHosts.in(directory, "kernel", "propagated /pages/\n");
    below = Files.createDirectory(directory.resolve("below"));
    Commands.succeed(List.of("mount", "--bind", farm.second().root().toString(), below.toString()));
    Commands.succeed(List.of("mount", "--make-private", below.toString()));
    farm.mount();
    Files.createDirectory(page(farm.first(), ""));
    for (int i = 0; i < 30; i++) {
      Files.writeString(page(farm.first(), "" + i), "content " + i);
    }
    eventuallyEqual();
  }

  @AfterEach
  void unmount() throws Exception {
    try {
      farm.stop();
    } finally {
      Commands.succeed(List.of("umount", "-l", below.toString()));
    }
  }

  private static Path page(Host host, String name) {
    return host.root().resolve("pages").resolve(name);
  }

  private void eventuallyEqual() throws Exception {
    Eventually.passes(() -> assertThat(pages(farm.second())).isEqualTo(pages(farm.first())));
  }

  private static List<String> pages(Host host) throws IOException {
    List<String> pages = new ArrayList<>();
    try (var files = Files.list(page(host, ""))) {
      for (Path file : files.sorted().toList()) {
        pages.add(file.getFileName() + ": " + Files.readString(file));
      }
    }
    return pages;
  }

  private record Result(int status, String output) {}

  private Result trifold(Host host, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(COMMAND));
    command.addAll(List.of(arguments));
    command.add(host.root().toString());
    Path output = directory.resolve("command.out");
    int status = Commands.start(command, output).waitFor();
    return new Result(status, Files.readString(output));
  }

  private static String status(Host host) throws IOException {
    return Files.readString(host.root().resolve(".trifold/status")).replaceAll(": +", ": ");
  }

  @Test
  void verifyFindsAndMendsWhatIsDamagedBelowTheMount() throws Exception {
    Result good = trifold(farm.second(), "verify");
    assertThat(good.output()).contains("host2 (this host): in sync").contains("the same digest");
    assertThat(good.status()).isZero();
    Eventually.passes(
        () -> assertThat(status(farm.second())).contains("in-sync: yes, verified at position"));

    Path damaged = below.resolve("pages/7");
    FileTime time = Files.getLastModifiedTime(damaged);
    Files.writeString(damaged, "CONTENT 7");
    Files.setLastModifiedTime(damaged, time);
    Files.delete(below.resolve("pages/8"));
    Result bad = trifold(farm.second(), "verify");
    assertThat(bad.output())
        .contains("damaged: pages/7: here a file of 9 bytes")
        .contains("missing: pages/8");
    assertThat(bad.status()).isEqualTo(1);
    assertThat(status(farm.second())).contains("in-sync: no, 2 paths differ");
    assertThat(trifold(farm.first(), "verify").output())
        .contains("host1 (this host): in sync")
        .contains("host2: 2 paths differ from the log");

    Result mended = trifold(farm.second(), "verify", "--repair");
    assertThat(mended.output()).contains("mended: pages/7: the log's version is brought back");
    assertThat(mended.status()).isZero();
    assertThat(page(farm.second(), "7")).hasContent("content 7");
    assertThat(page(farm.second(), "8")).hasContent("content 8");
    eventuallyEqual();
  }

  @Test
  void aRootThatIsEmptiedWhileNothingIsMountedIsDeletedNowhereUnlessItWasMeant() throws Exception {
    farm.second().unmount();
    for (int i = 0; i < 30; i++) {
      Files.delete(page(farm.second(), "" + i));
    }
    farm.second().mount();
    assertThat(status(farm.second())).contains("state: held: 30 of 31 propagated paths are gone");
    Files.writeString(page(farm.first(), "since"), "x");
    assertThat(page(farm.first(), "7")).exists();

    assertThat(trifold(farm.second(), "resume").output()).contains("propagation goes on");
    eventuallyEqual();
    assertThat(page(farm.first(), "7")).doesNotExist();
    assertThat(page(farm.second(), "since")).hasContent("x");
  }

  @Test
  void anOlderStateOfTheDatabaseIsReconciledWithoutLoss() throws Exception {
    Path data = farm.state().resolve("queue/data");
    Path older = directory.resolve("older");
    farm.stop();
    Commands.succeed(List.of("cp", "-a", data.toString(), older.toString()));
    farm.mount();
    Files.writeString(page(farm.first(), "7"), "written after the backup");
    Files.writeString(page(farm.second(), "new"), "made after the backup");
    Files.delete(page(farm.second(), "8"));
    eventuallyEqual();
    List<String> before = pages(farm.first());
    farm.stop();
    Commands.succeed(List.of("rm", "-r", data.toString()));
    Commands.succeed(List.of("mv", older.toString(), data.toString()));

    farm.mount();

    eventuallyEqual();
    Eventually.passes(
        () -> {
          assertThat(status(farm.first())).contains("state: live").contains("pending: 0");
          assertThat(status(farm.second())).contains("state: live").contains("pending: 0");
        });
    assertThat(pages(farm.first())).isEqualTo(before);
    assertThat(pages(farm.second())).isEqualTo(before);
    Files.writeString(page(farm.first(), "9"), "and it goes on");
    eventuallyEqual();
    assertThat(trifold(farm.first(), "verify").status()).isZero();
  }

  @Test
  void anEventThatWasAlteredIsShownAndAppliedNowhere() throws Exception {
    farm.second().unmount();
    StatusText quiet = StatusText.parse(status(farm.first()));
    Files.writeString(page(farm.first(), "altered"), "good");
    Eventually.passes(
        () ->
            assertThat(StatusText.parse(status(farm.first())).get("position"))
                .isNotEqualTo(quiet.get("position")));
    String position = StatusText.parse(status(farm.first())).get("position").orElseThrow();
    database("UPDATE trifold.event SET payload = payload || 'x' WHERE position = " + position);
    farm.second().mount();
    Eventually.passes(
        () ->
            assertThat(status(farm.second()))
                .contains("distrusts the log: event " + position + " of the log: its signature"));
    assertThat(page(farm.second(), "altered")).doesNotExist();
    Files.writeString(page(farm.second(), "own"), "is sent all the same");
    Eventually.passes(() -> assertThat(page(farm.first(), "own")).exists());

    Result skipped = trifold(farm.second(), "skip", position);
    assertThat(skipped.output())
        .contains("passes over event " + position + "; it named pages/altered");
    Files.writeString(page(farm.first(), "altered"), "written again");
    eventuallyEqual();
  }

  @Test
  void theKeyIsChangedUnderHostsThatRun() throws Exception {
    Result rotated = trifold(farm.first(), "key", "rotate");
    assertThat(rotated.output()).contains(" signs").contains("is good for what it has signed");
    Files.writeString(page(farm.first(), "signed"), "with the new key");
    eventuallyEqual();
    Eventually.passes(() -> assertThat(status(farm.first())).contains("state: live"));
    assertThat(trifold(farm.first(), "key", "retire").output()).contains("is good up to position");
    farm.second().unmount();
    farm.second().mount();
    Files.writeString(page(farm.second(), "signed"), "by the other");
    eventuallyEqual();
  }

  private void database(String sql) throws Exception {
    PreparedDatabase.use(farm.state(), statement -> statement.execute(sql));
  }
}
