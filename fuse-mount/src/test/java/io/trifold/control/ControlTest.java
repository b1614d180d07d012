package io.trifold.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.queue.QueueException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A request to a daemon")
class ControlTest {
  @TempDir private Path directory;

  private Path socket;
  private ControlServer server;

  @BeforeEach
  void listen() throws IOException {
    // Longer than the address of a socket can be.
    Path deep = Files.createDirectories(directory.resolve("x".repeat(100)));
    socket = deep.resolve("control.sock");
    server = ControlServer.open(socket);
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  private record Told(int number, String text) {}

  @Test
  @DisplayName("is answered as it comes, in order, with an exit code")
  void answers() throws ControlException {
    server.register(
        "count",
        (arguments, answers) -> {
          for (int i = 1; i <= arguments.path("to").asInt(); i++) {
            answers.give(new Told(i, "line\n" + i));
          }
          return 3;
        });
    List<JsonNode> told = new ArrayList<>();
    int exit = new ControlClient(socket).call("count", Map.of("to", 2), told::add);
    assertThat(exit).isEqualTo(3);
    assertThat(told).extracting(t -> t.path("number").asInt()).containsExactly(1, 2);
    assertThat(told.get(1).path("text").asText()).isEqualTo("line\n2");
  }

  @Test
  @DisplayName("that fails gives its line and its exit code, whatever failed")
  void failures() {
    ControlClient client = new ControlClient(socket);
    server.register(
        "no",
        (arguments, answers) -> {
          throw new ControlException("not today", 7);
        });
    server.register(
        "away",
        (arguments, answers) -> {
          throw new QueueException.Refused("no such farm");
        });
    server.register(
        "broken",
        (arguments, answers) -> {
          throw new IllegalStateException("oops");
        });
    assertThatThrownBy(() -> client.call("no", Map.of(), answer -> {}))
        .isInstanceOfSatisfying(ControlException.class, e -> assertThat(e.exitCode()).isEqualTo(7))
        .hasMessage("not today");
    assertThatThrownBy(() -> client.call("away", Map.of(), answer -> {}))
        .hasMessage("no such farm");
    assertThatThrownBy(() -> client.call("broken", Map.of(), answer -> {}))
        .hasMessageStartingWith("internal error: ");
    assertThatThrownBy(() -> client.call("unknown", Map.of(), answer -> {}))
        .hasMessageContaining("\"unknown\"");
  }

  @Test
  @DisplayName("is interrupted when the asker goes away")
  void interrupted() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    server.register(
        "wait",
        (arguments, answers) -> {
          begun.countDown();
          try {
            Thread.sleep(TimeUnit.MINUTES.toMillis(5));
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
          return 0;
        });
    try (ControlSocket at = ControlSocket.at(socket);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(at.address());
      channel.write(ByteBuffer.wrap("{\"command\":\"wait\"}\n".getBytes(StandardCharsets.UTF_8)));
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  @DisplayName("that is no request harms nobody")
  void garbage() throws Exception {
    for (String text : List.of("\n", "{", "[]\n", "x".repeat(Lines.LONGEST_REQUEST + 1))) {
      try (ControlSocket at = ControlSocket.at(socket);
          SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(at.address());
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
    }
    server.register("still", (arguments, answers) -> 0);
    assertThat(new ControlClient(socket).call("still", Map.of(), answer -> {})).isZero();
  }

  @Test
  @DisplayName("can be made by the daemon's user only, and by nobody when it has ended")
  void reach() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
    server.close();
    assertThat(socket).doesNotExist();
    assertThatThrownBy(() -> new ControlClient(socket).call("count", Map.of(), answer -> {}))
        .isInstanceOf(ControlException.class)
        .hasMessageContaining("cannot be reached");
  }

  @Test
  @DisplayName("reaches the daemon that follows one that was killed")
  void leftover() throws Exception {
    Path left = socket.resolveSibling("left.sock");
    Files.createFile(left);
    try (ControlServer next = ControlServer.open(left)) {
      next.register("still", (arguments, answers) -> 0);
      assertThat(new ControlClient(left).call("still", Map.of(), answer -> {})).isZero();
    }
  }
}
