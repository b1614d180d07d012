package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Change sets through real mounts and the command. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"kernel", "jnr"})
class ChangeSetIT {
  private static final String COMMAND = Commands.TOP.resolve("scripts/trifold").toString();
  private static final int FILES = 60;

  @Parameter String transport;

  @TempDir Path directory;

  private TwoHosts farm;
  private Path one;
  private Path two;

  @BeforeEach
  void mount() throws Exception {
    Requirements.mounts();
    farm = TwoHosts.in(directory, transport, "propagated /app/\n");
    farm.mount();
    one = Files.createDirectory(farm.first().root().resolve("app"));
    two = farm.second().root().resolve("app");
    Eventually.passes(() -> assertThat(two).isDirectory());
  }

  @AfterEach
  void takeAway() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  private List<String> changeSet(String script) {
    return new ArrayList<>(
        List.of(
            COMMAND,
            "changeset",
            "--root",
            farm.first().root().toString(),
            "--message",
            "the update",
            "--",
            "sh",
            "-c",
            "cd " + one + " && " + script));
  }

  private String trifold(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(COMMAND));
    command.addAll(List.of(arguments));
    return Commands.succeed(command);
  }

  private static List<String> names(Path of) throws IOException {
    try (Stream<Path> entries = Files.list(of)) {
      return entries.map(path -> path.getFileName().toString()).sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  @Test
  void aTreeThatIsMovedComesInOneGo() throws Exception {
    Files.createDirectory(one.resolve("release"));
    Files.writeString(one.resolve("release/before"), "x");
    for (int i = 0; i < FILES; i++) {
      Files.writeString(one.resolve("release/" + i), "file " + i);
    }
    Eventually.passes(() -> assertThat(names(two.resolve("release"))).hasSize(FILES + 1));
    Files.createFile(one.resolve("marker"));
    Files.move(one.resolve("release"), one.resolve("current"));
    Files.createFile(one.resolve("done"));
    List<String> seen = List.of();
    while (seen.isEmpty()) {
      seen = names(two.resolve("current"));
    }
    assertThat(seen).as("all at once").hasSize(FILES + 1);
    assertThat(two.resolve("marker")).as("what was made before it").exists();
    Eventually.passes(() -> assertThat(names(two)).containsExactly("current", "done", "marker"));
    assertThat(two.resolve("current/7")).hasContent("file 7");
  }

  @Test
  void whatACommandChangesComesInOneGoAndGoesInOneGo() throws Exception {
    Files.createDirectories(one.resolve("old/deep"));
    Files.writeString(one.resolve("old/deep/file"), "moved");
    Files.writeString(one.resolve("gone"), "to be deleted");
    Files.writeString(one.resolve("page"), "before");
    Eventually.passes(
        () -> {
          assertThat(two.resolve("old/deep/file")).hasContent("moved");
          assertThat(two.resolve("gone")).exists();
          assertThat(two.resolve("page")).hasContent("before");
        });
    Path go = directory.resolve("go");
    Process command =
        Commands.start(
            changeSet(
                "mkdir new && for i in $(seq "
                    + FILES
                    + "); do echo $i > new/$i; done && mv old moved && rm gone"
                    // Another session, whose parent is gone: still of the command.
                    + " && (setsid sh -c 'echo after > page' &) && while ! [ -e "
                    + go
                    + " ]; do sleep 0.1; done"),
            directory.resolve("command.out"));
    try {
      Eventually.passes(() -> assertThat(one.resolve("page")).hasContent("after"));
      Eventually.passes(() -> assertThat(one.resolve("gone")).doesNotExist());
      // Of another process: not held back.
      Files.writeString(one.resolve("other"), "of another");
      Eventually.passes(() -> assertThat(two.resolve("other")).hasContent("of another"));
      assertThat(names(two)).containsExactly("gone", "old", "other", "page");
      assertThat(two.resolve("page")).hasContent("before");
      Files.createFile(go);
      List<String> seen = List.of();
      while (seen.isEmpty()) {
        seen = names(two.resolve("new"));
      }
      assertThat(seen).as("all at once").hasSize(FILES);
      assertThat(command.waitFor()).isZero();
    } finally {
      command.descendants().forEach(ProcessHandle::destroyForcibly);
      command.destroyForcibly();
    }
    Eventually.passes(
        () -> {
          assertThat(names(two)).containsExactly("moved", "new", "other", "page");
          assertThat(two.resolve("moved/deep/file")).hasContent("moved");
          assertThat(two.resolve("page")).hasContent("after");
        });
    String root = farm.second().root().toString();
    String listed = trifold("changesets", root);
    assertThat(listed).contains("  host1  ").endsWith("the update");

    String id = listed.split("  ", -1)[0];
    trifold("rollback", id, "--root", root);

    for (Path app : List.of(one, two)) {
      Eventually.passes(
          () -> {
            assertThat(names(app)).containsExactly("gone", "old", "other", "page");
            assertThat(app.resolve("old/deep/file")).hasContent("moved");
            assertThat(app.resolve("page")).hasContent("before");
          });
    }
    assertThat(trifold("changesets", root)).contains("rollback of " + id);
  }

  @Test
  void theExitCodeIsTheCommandsAndARollbackHeedsLaterChanges() throws Exception {
    Files.writeString(one.resolve("a"), "before");
    Eventually.passes(() -> assertThat(two.resolve("a")).hasContent("before"));

    assertThatThrownBy(() -> Commands.succeed(changeSet("echo set > a; echo set > b; exit 7")))
        .hasMessageContaining("7");

    Eventually.passes(() -> assertThat(two.resolve("b")).hasContent("set"));
    Files.writeString(two.resolve("a"), "since");
    Eventually.passes(() -> assertThat(one.resolve("a")).hasContent("since"));
    String root = farm.first().root().toString();
    String id = trifold("changesets", root).split("  ", -1)[0];
    assertThatThrownBy(() -> trifold("rollback", id, "--root", root))
        .hasMessageContaining("CHANGED  app/a  since: file of host2")
        .hasMessageContaining("--force");
    assertThat(one.resolve("b")).exists();
    trifold("rollback", id, "--root", root, "--force");
    Eventually.passes(
        () -> {
          assertThat(two.resolve("a")).hasContent("before");
          assertThat(two.resolve("b")).doesNotExist();
        });
  }
}
