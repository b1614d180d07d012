package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CallCodecTest {
  private static final Call CALL = call("clear-caches", Map.of("b", "2", "a", "ü \n"), "data");

  private static Call call(String name, Map<String, String> arguments, String data) {
    return new Call(
        UUID.fromString("5f0c2d1e-0000-4000-8000-000000000001"),
        name,
        "web1",
        7,
        Instant.parse("2026-03-28T10:00:00.123Z"),
        Duration.ofSeconds(60),
        arguments,
        data,
        List.of("web1", "web2"));
  }

  @Test
  void aCallIsReadAsItWasWritten() throws Exception {
    byte[] bytes = CallCodec.encode(CALL);
    assertThat(CallCodec.decode(bytes)).isEqualTo(CALL);
    assertThat(bytes).startsWith('T', 'F', 'C', 1);
    for (int i = 0; i < bytes.length; i++) {
      byte[] cut = Arrays.copyOf(bytes, i);
      assertThatThrownBy(() -> CallCodec.decode(cut)).isInstanceOf(MalformedEventException.class);
    }
  }

  @Test
  void whatIsNoCallCannotBeWritten() {
    assertThatThrownBy(() -> CallCodec.encode(call("Clear", Map.of(), "")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CallCodec.encode(call("clear", Map.of("A B", ""), "")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"A B\" is not the name of an argument");
    assertThatThrownBy(
            () -> CallCodec.encode(call("clear", Map.of(), "x".repeat(Call.MAX_DATA + 1))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
