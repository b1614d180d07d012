package io.trifold.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Test;

class ChildTest {
  private static Child shell(String script, List<String> environment, Map<Integer, Integer> fds)
      throws ErrnoException {
    return Child.start(List.of("/bin/sh", "-c", script), environment, fds);
  }

  @Test
  void it_has_the_descriptors_and_the_environment_that_it_is_given() throws Exception {
    int[] pipe = Posix.pipe();
    Child child = shell("printf \"$WORD\" >&7", List.of("WORD=häh"), Map.of(7, pipe[1]));
    Posix.close(pipe[1]);
    assertThat(child.await()).isZero();
    Pointer memory = Posix.allocate(100);
    byte[] bytes = new byte[Posix.read(pipe[0], memory, 100)];
    memory.get(0, bytes, 0, bytes.length);
    assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo("häh");
    assertThat(Posix.read(pipe[0], memory, 100)).as("nobody else holds the other end").isZero();
    Posix.close(pipe[0]);
  }

  @Test
  void its_end_is_told_as_a_shell_tells_it() throws Exception {
    assertThat(shell("exit 3", List.of(), Map.of()).await()).isEqualTo(3);
    assertThat(shell("kill -9 $$", List.of(), Map.of()).await()).isEqualTo(137);
  }

  @Test
  void a_program_that_is_not_there_is_an_error() {
    assertThatThrownBy(() -> Child.start(List.of("/nonexistent"), List.of(), Map.of()))
        .isInstanceOf(ErrnoException.class)
        .hasMessage("ENOENT: /nonexistent");
  }

  @Test
  void a_socket_whose_other_end_closes_brings_no_descriptor() throws Exception {
    int[] sockets = UnixSocket.pair();
    Posix.close(sockets[1]);
    assertThat(UnixSocket.receiveDescriptor(sockets[0])).isEqualTo(-1);
    Posix.close(sockets[0]);
  }
}
