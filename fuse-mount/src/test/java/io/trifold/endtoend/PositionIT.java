package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading on one host what was written on another, without guessing how long that takes. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"kernel", "jnr"})
class PositionIT {
  private static final String TRIFOLD = Commands.TOP.resolve("scripts/trifold").toString();
  private static final int ROUNDS = 30;

  @Parameter String transport;

  @TempDir Path directory;

  private TwoHosts farm;

  @BeforeEach
  void mount() throws Exception {
    Requirements.mounts();
    farm = TwoHosts.in(directory, transport, "propagated /pages/\n");
    for (Host host : List.of(farm.first(), farm.second())) {
      Files.createDirectories(host.root().resolve("pages"));
    }
    farm.mount();
  }

  @AfterEach
  void takeAway() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  private static String position(Host host) throws Exception {
    return Files.readString(host.root().resolve(".trifold/position")).strip();
  }

  private static Path wait(Host host, String position) {
    return host.root().resolve(".trifold/wait").resolve(position);
  }

  @Test
  void whatWasDoneBeforeAPositionIsThereAfterWaitingForIt() throws Exception {
    Path pages = farm.first().root().resolve("pages");
    Path other = farm.second().root().resolve("pages");
    for (int i = 0; i < ROUNDS; i++) {
      Files.writeString(pages.resolve("page"), "version " + i);
      Files.createDirectories(pages.resolve("d" + i + "/e"));
      Files.writeString(pages.resolve("d" + i + "/e/f"), "file " + i);
      if (i > 0) {
        Files.move(pages.resolve("d" + (i - 1)), pages.resolve("moved" + i));
      }
      String position = position(farm.first());
      assertThat(wait(farm.second(), position)).hasContent("applied");

      assertThat(other.resolve("page")).hasContent("version " + i);
      assertThat(other.resolve("d" + i + "/e/f")).hasContent("file " + i);
      if (i > 0) {
        assertThat(other.resolve("moved" + i + "/e/f")).hasContent("file " + (i - 1));
        assertThat(other.resolve("d" + (i - 1))).doesNotExist();
      }
    }
    // And back: what was seen there is covered, too.
    Files.writeString(other.resolve("answer"), "seen");
    assertThat(wait(farm.first(), position(farm.second()))).hasContent("applied");
    assertThat(pages.resolve("answer")).hasContent("seen");
  }

  @Test
  void theCommandsDoTheSame() throws Exception {
    String root = farm.first().root().toString();
    String other = farm.second().root().toString();
    Files.writeString(farm.first().root().resolve("pages/page"), "text");
    String position = Commands.succeed(List.of(TRIFOLD, "position", root + "/pages"));
    assertThat(position).matches("[0-9]+-[0-9a-f]{8}");
    assertThat(Commands.succeed(List.of(TRIFOLD, "wait", position, other))).isEmpty();
    assertThat(farm.second().root().resolve("pages/page")).hasContent("text");

    long number = Long.parseLong(position.substring(0, position.indexOf('-')));
    String mark = position.substring(position.indexOf('-'));
    assertFails(1, "no position yet: the log ends at", "wait", (number + 1000) + mark, other);
    assertFails(1, "another log", "wait", number + "-00000000", other);
    assertFails(2, "is no position", "wait", "soon", other);
    assertFails(2, "no duration", "wait", position, other, "--timeout", "soon");
  }

  private void assertFails(int exit, String message, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(TRIFOLD));
    command.addAll(List.of(arguments));
    Path output = directory.resolve("output");
    Process process = Commands.start(command, output);
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(output).content().contains(message).doesNotContain("Exception");
    assertThat(output).content().hasLineCount(1);
    assertThat(process.exitValue()).isEqualTo(exit);
  }

  @Test
  void whatCannotBeSaidIsAnError() throws Exception {
    String position = position(farm.first());
    long number = Long.parseLong(position.substring(0, position.indexOf('-')));
    assertThat(wait(farm.second(), "soon")).doesNotExist();
    assertThatThrownBy(() -> Files.readString(wait(farm.second(), Long.toString(number + 1000))))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("Invalid argument");

    List<String> server = new ArrayList<>();
    database().forEach(process -> server.add(Long.toString(process.pid())));
    signal("-STOP", server);
    try {
      Files.writeString(farm.first().root().resolve("pages/page"), "later");
      String root = farm.first().root().toString();
      assertFails(3, "not all that was changed is in the queue", "position", root, "--timeout=1s");
    } finally {
      signal("-CONT", server);
    }
    assertThat(wait(farm.second(), position(farm.first()))).hasContent("applied");
    assertThat(farm.second().root().resolve("pages/page")).hasContent("later");
  }

  private Stream<ProcessHandle> database() throws Exception {
    List<String> pidFile = Files.readAllLines(farm.state().resolve("queue/data/postmaster.pid"));
    ProcessHandle server = ProcessHandle.of(Long.parseLong(pidFile.get(0).strip())).orElseThrow();
    return Stream.concat(Stream.of(server), server.descendants());
  }

  private static void signal(String signal, List<String> processes) throws Exception {
    List<String> command = new ArrayList<>(List.of("kill", signal));
    command.addAll(processes);
    Commands.succeed(command);
  }
}
