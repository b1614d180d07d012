package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("trifold init")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class InitIT {
  @TempDir Path home;

  private Trifold trifold;
  private Path app;
  private Path shared;

  @BeforeEach
  void haveAnApplicationThatRanAlone() throws Exception {
    trifold = new Trifold(home);
    trifold.file("site.rules", "propagated pages/", "remote uploads/", "local uploads/cache/");
    app = trifold.directory("app");
    shared = trifold.directory("shared");
    trifold.file("app/index.php", "local");
    trifold.file("app/pages/one", "1");
    trifold.file("app/pages/deep/two", "2");
    trifold.file("app/uploads/a.png", "a");
    trifold.file("app/uploads/2024/b.png", "b");
    trifold.file("app/uploads/cache/local", "stays");
    trifold.file("app/uploads/same.png", "same");
    trifold.file("shared/uploads/same.png", "same");
    trifold.file("app/uploads/other.png", "of the application");
    trifold.file("shared/uploads/other.png", "of the storage");
    Files.createSymbolicLink(app.resolve("uploads/link"), Path.of("a.png"));
    trifold.sh("chmod 640 app/uploads/a.png; touch -d 2020-01-02T03:04:05Z app/uploads/a.png");
  }

  @AfterEach
  void stop() throws IOException {
    trifold.close();
  }

  private Trifold.Result init(String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("init", "app", "--rules", "site.rules", "--remote", "shared"));
    arguments.addAll(List.of("--state", "state", "--host", "web1"));
    arguments.addAll(List.of(more));
    return trifold.run(arguments.toArray(String[]::new));
  }

  private String everything() throws IOException {
    return trifold.sh(
        "find app shared -path '*/.trifold*' -prune -o -printf '%p %y %m %T@ %l\\n' | sort;"
            + " find app shared -path '*/.trifold*' -prune -o -type f -print0 | sort -z"
            + " | xargs -0 sha256sum");
  }

  @Test
  void withoutApplyItTellsAndChangesNothing() throws Exception {
    String before = everything();

    Trifold.Result result = init().succeeded();

    assertThat(result.out())
        .contains("registered with the farm: 2 files in 2 directories")
        .contains("shared: 3 files")
        .contains("  uploads/a.png", "  uploads/2024/b.png", "  uploads/link")
        .contains("in both places, and equal", "  uploads/same.png")
        .contains("in both places, and different", "  uploads/other.png")
        .contains("nothing was changed")
        .doesNotContain("uploads/cache", "index.php");
    assertThat(everything()).isEqualTo(before);
    assertThat(home.resolve("state")).doesNotExist();
  }

  @Test
  void withApplyTheApplicationIsTheFarmsFirstHost() throws Exception {
    Trifold.Result result = init("--apply").succeeded();

    assertThat(result.out()).contains("moved to", "shared: 3 files", "registered");
    assertThat(shared.resolve("uploads/a.png")).hasContent("a");
    assertThat(trifold.sh("stat -c '%a %Y' shared/uploads/a.png").strip())
        .isEqualTo("640 1577934245");
    assertThat(shared.resolve("uploads/2024/b.png")).hasContent("b");
    assertThat(Files.readSymbolicLink(shared.resolve("uploads/link"))).hasToString("a.png");
    assertThat(app.resolve("uploads/a.png")).doesNotExist();
    assertThat(app.resolve("uploads/cache/local")).hasContent("stays");
    assertThat(app.resolve("uploads/other.png")).hasContent("of the application");
    assertThat(shared.resolve("uploads/other.png")).hasContent("of the storage");
    assertThat(app.resolve("uploads/same.png")).hasContent("same");
    assertThat(trifold.sh("find shared -name '.trifold~*' ! -name '.trifold~storage'")).isEmpty();

    trifold.directory("second");
    trifold
        .run(
            "join",
            "second",
            "--rules",
            "site.rules",
            "--remote",
            "shared",
            "--state",
            "state",
            "--host",
            "web2")
        .succeeded();
    assertThat(home.resolve("second/pages/deep/two")).hasContent("2");
    assertThat(init("--apply").succeeded().out()).contains("shared: 0 files");
  }

  @Test
  void aMoveThatWasCutShortIsBroughtToItsEnd() throws Exception {
    // As it is left between the copy's appearance and the original's removal.
    init("--apply").succeeded();
    trifold.file("app/uploads/late.png", "late");
    trifold.file("shared/uploads/late.png", "late");
    Path state = home.resolve("state/mounts");
    Path mount;
    try (var mounts = Files.list(state)) {
      mount = mounts.findFirst().orElseThrow();
    }
    Files.writeString(mount.resolve("init.moves"), "uploads/late.png\0uploads/ha");

    init("--apply").succeeded();

    assertThat(app.resolve("uploads/late.png")).doesNotExist();
    assertThat(shared.resolve("uploads/late.png")).hasContent("late");
    assertThat(app.resolve("uploads/same.png")).as("a duplicate of old").exists();
    assertThat(mount.resolve("init.moves")).doesNotExist();
  }

  @Test
  void aStorageThatIsNotThereIsRefused() throws Exception {
    trifold.sh("rm -r shared");

    init("--apply").failed(1, "shared", "missing");
  }
}
