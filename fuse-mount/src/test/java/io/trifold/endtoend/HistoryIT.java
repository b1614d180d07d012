package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conflicts, history and restoring through real mounts and the command. */
class HistoryIT {
  private static final String COMMAND = Commands.TOP.resolve("scripts/trifold").toString();

  @TempDir Path directory;

  private TwoHosts farm;
  private Path one;
  private Path two;

  @BeforeEach
  void mount() throws Exception {
    Requirements.mounts();
    farm =
        TwoHosts.in(
            directory, "auto", "propagated /pages/ conflict=keep-both\npropagated /last/\n");
    farm.mount();
    one = farm.first().root();
    two = farm.second().root();
    Files.createDirectory(one.resolve("pages"));
    Eventually.passes(() -> assertThat(two.resolve("pages")).isDirectory());
  }

  @AfterEach
  void takeAway() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  private static String trifold(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(COMMAND));
    command.addAll(List.of(arguments));
    return Commands.succeed(command);
  }

  private static void arrives(Path file, String content) throws Exception {
    Eventually.passes(() -> assertThat(Files.readString(file)).isEqualTo(content));
  }

  /** The positions that the history of a path names, the latest first. */
  private static List<String> positions(Path path) throws Exception {
    return trifold("history", path.toString())
        .lines()
        .map(line -> line.split("  ", -1)[1])
        .toList();
  }

  @Test
  void whatWasThereComesBackOnBothHosts() throws Exception {
    Path page = one.resolve("pages/a.html");
    Files.writeString(page, "first");
    Files.setPosixFilePermissions(page, PosixFilePermissions.fromString("rw-r-----"));
    arrives(two.resolve("pages/a.html"), "first");
    Eventually.passes(
        () ->
            assertThat(Files.getPosixFilePermissions(two.resolve("pages/a.html")))
                .isEqualTo(PosixFilePermissions.fromString("rw-r-----")));
    String first = positions(page).get(0);
    Files.writeString(two.resolve("pages/a.html"), "second, of host2");
    arrives(page, "second, of host2");
    Files.delete(page);
    Eventually.passes(() -> assertThat(two.resolve("pages/a.html")).doesNotExist());

    Eventually.passes(
        () ->
            assertThat(trifold("history", page.toString()).lines())
                .anyMatch(line -> line.contains("  host2  ") && line.contains("file 16 bytes"))
                .first()
                .asString()
                .contains("  host1  ")
                .endsWith("deleted"));
    assertThat(trifold("restore", page.toString(), "--at", first, "--dry-run"))
        .contains("restore  pages/a.html")
        .endsWith("dry run: nothing was done");
    assertThat(page).doesNotExist();
    trifold("restore", page.toString(), "--at", first);
    assertThat(page).hasContent("first");
    arrives(two.resolve("pages/a.html"), "first");
    assertThat(Files.getPosixFilePermissions(two.resolve("pages/a.html")))
        .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    assertThat(trifold("restore", page.toString(), "--at", first)).contains("nothing to do");

    trifold("restore", page.toString(), "--at", first, "--to", one.resolve("pages/b").toString());
    arrives(two.resolve("pages/b"), "first");
    assertThatThrownBy(() -> trifold("restore", page.toString(), "--at", "never"))
        .hasMessageContaining("\"never\" is not a position");
    assertThatThrownBy(() -> trifold("history", one.resolve("pages/none").toString()))
        .hasMessageContaining("not in the history");
  }

  @Test
  void aDeletedTreeComesBack() throws Exception {
    Path tree = Files.createDirectories(one.resolve("pages/tree/deep"));
    byte[] large = new byte[3 << 20];
    new java.util.Random(7).nextBytes(large);
    Files.write(tree.resolve("large"), large);
    Files.writeString(one.resolve("pages/tree/small"), "small");
    Files.createSymbolicLink(tree.resolve("link"), Path.of("../small"));
    Eventually.passes(
        () -> assertThat(two.resolve("pages/tree/deep/large")).hasBinaryContent(large));
    Eventually.passes(() -> assertThat(two.resolve("pages/tree/deep/link")).isSymbolicLink());
    String position = trifold("position", one.toString()).split("-", -1)[0];
    try (Stream<Path> walk = Files.walk(one.resolve("pages/tree"))) {
      for (Path path : walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
    Eventually.passes(() -> assertThat(two.resolve("pages/tree")).doesNotExist());

    trifold("restore", two.resolve("pages/tree").toString(), "--at", position);

    assertThat(two.resolve("pages/tree/deep/large")).hasBinaryContent(large);
    arrives(one.resolve("pages/tree/small"), "small");
    arrives(one.resolve("pages/tree/deep/link"), "small");
    Eventually.passes(
        () -> assertThat(one.resolve("pages/tree/deep/large")).hasBinaryContent(large));
  }

  /** The second host is not mounted while both change the same files. */
  @Test
  void conflictsAreDecidedByTheRuleAndListed() throws Exception {
    Files.createDirectory(one.resolve("last"));
    for (String name : List.of("pages/a.html", "last/a.html")) {
      Files.writeString(one.resolve(name), "base");
      arrives(two.resolve(name), "base");
    }
    farm.second().unmount();
    for (String name : List.of("pages/a.html", "last/a.html")) {
      Files.writeString(one.resolve(name), "of host1");
      Files.writeString(two.resolve(name), "of host2");
    }
    trifold("position", one.toString());
    farm.second().mount();

    arrives(one.resolve("last/a.html"), "of host2");
    arrives(two.resolve("pages/a.html"), "of host1");
    for (Path root : List.of(one, two)) {
      Eventually.passes(
          () -> {
            try (Stream<Path> files = Files.list(root.resolve("pages"))) {
              List<Path> beside =
                  files.filter(file -> file.toString().contains(".conflict-host2-")).toList();
              assertThat(beside).hasSize(1);
              assertThat(beside.get(0)).hasContent("of host2");
              assertThat(beside.get(0).toString()).endsWith(".html");
            }
          });
    }
    assertThat(one.resolve("pages/a.html")).hasContent("of host1");
    assertThat(trifold("conflicts", one.toString()))
        .contains("pages/a.html\n")
        .contains("last/a.html\n")
        .contains("has:   file of host1")
        .contains("beside as pages/a.conflict-host2-")
        .contains("in the history");
    assertThat(trifold("status", two.toString())).containsPattern("conflicts: +2\n");
    Files.writeString(one.resolve("last/a.html"), "settled");
    assertThat(trifold("conflicts", one.resolve("last").toString())).doesNotContain("pages");
    Eventually.passes(
        () ->
            assertThat(trifold("conflicts", one.resolve("last").toString()))
                .contains("(settled: changed since)"));
  }
}
