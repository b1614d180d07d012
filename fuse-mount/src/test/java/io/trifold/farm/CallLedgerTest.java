package io.trifold.farm;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.CallResult;
import io.trifold.queue.CallState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallLedgerTest {
  private static final Instant NOW = Instant.parse("2026-03-28T10:00:00Z");

  private static final Instant GOOD = NOW.plus(Duration.ofDays(2));

  @TempDir Path directory;

  @Test
  void remembersOverProcessesWhatBeganAndHowItEnded() throws Exception {
    Path file = directory.resolve("calls.jsonl");
    UUID begun = UUID.randomUUID();
    UUID ended = UUID.randomUUID();
    CallResult result = new CallResult(CallState.FAILED, Optional.of(3), "über\n", "exit code 3");
    try (CallLedger ledger = CallLedger.open(file, NOW)) {
      ledger.began(begun, GOOD, NOW);
      ledger.began(ended, GOOD, NOW);
      ledger.ended(ended, result, GOOD, NOW);
    }
    // As a crash leaves it: in the middle of a character.
    Files.write(
        file,
        Arrays.copyOf("{\"call\":\"ü".getBytes(StandardCharsets.UTF_8), 10),
        StandardOpenOption.APPEND);
    try (CallLedger ledger = CallLedger.open(file, NOW)) {
      assertThat(ledger.knows(begun)).isTrue();
      assertThat(ledger.results(List.of(begun, ended))).isEqualTo(Map.of(ended, result));
      assertThat(ledger.results(List.of(begun))).isEmpty();
      assertThat(ledger.knows(UUID.randomUUID())).isFalse();
    }
    try (CallLedger ledger = CallLedger.open(file, GOOD.plusSeconds(1))) {
      assertThat(ledger.knows(begun)).isFalse();
    }
  }

  @Test
  void forgetsWhatNobodyWillRunAnyMoreWhileItIsOpen() throws Exception {
    Path file = directory.resolve("calls.jsonl");
    CallResult result =
        new CallResult(CallState.OK, Optional.of(0), "x".repeat(16 << 10), "exit code 0");
    UUID last = UUID.randomUUID();
    try (CallLedger ledger = CallLedger.open(file, NOW)) {
      UUID first = UUID.randomUUID();
      ledger.began(first, GOOD, NOW);
      for (int i = 0; i < 200; i++) {
        Instant now = NOW.plus(Duration.ofMinutes(i));
        UUID call = UUID.randomUUID();
        ledger.began(call, now, now);
        ledger.ended(call, result, now, now);
      }
      ledger.began(last, GOOD, NOW);
      assertThat(ledger.knows(first)).isTrue();
    }
    assertThat(Files.size(file)).isLessThan(3 << 20);
    try (CallLedger ledger = CallLedger.open(file, NOW)) {
      assertThat(ledger.knows(last)).isTrue();
    }
  }
}
