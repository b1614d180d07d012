package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

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

/** What a close promises under {@code sync}, to programs. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"kernel", "jnr"})
class SyncIT {
  private static final int ROUNDS = 20;

  @Parameter String transport;

  @TempDir Path directory;

  private TwoHosts farm;

  @BeforeEach
  void mount() throws Exception {
    Requirements.mounts();
    farm =
        TwoHosts.in(
            directory,
            transport,
            """
            propagated /pages/
            propagated /pages/strict/ sync=applied sync-timeout=60s
            propagated /pages/*.conf sync=queued sync-timeout=2s
            """);
    for (Host host : List.of(farm.first(), farm.second())) {
      Files.createDirectories(host.root().resolve("pages/strict"));
    }
    farm.mount();
  }

  @AfterEach
  void takeAway() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  @Test
  void whatWasClosedIsOnTheOtherHost() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String name = "pages/strict/page" + i % 3;
      Files.writeString(farm.first().root().resolve(name), "version " + i);
      assertThat(farm.second().root().resolve(name)).hasContent("version " + i);
    }
  }

  @Test
  void aCloseFailsInTimeAndHoldsUpNobody() throws Exception {
    Path pages = farm.first().root().resolve("pages");
    Files.writeString(pages.resolve("a.conf"), "one");
    List<String> server = new ArrayList<>();
    database().forEach(process -> server.add(Long.toString(process.pid())));
    signal("-STOP", server);
    try {
      Path output = directory.resolve("output");
      Process writer =
          Commands.start(
              List.of("dd", "if=/etc/hostname", "of=" + pages.resolve("a.conf")), output);
      Files.writeString(pages.resolve("other"), "not held up");
      assertThat(pages.resolve("other")).hasContent("not held up");
      assertThat(writer.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(writer.exitValue()).isNotZero();
      assertThat(output).content().contains("Connection timed out");
    } finally {
      signal("-CONT", server);
    }
    // What was written stays, and is sent when that can be.
    Eventually.passes(
        () ->
            assertThat(farm.second().root().resolve("pages/a.conf"))
                .hasSameBinaryContentAs(Path.of("/etc/hostname")));
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
