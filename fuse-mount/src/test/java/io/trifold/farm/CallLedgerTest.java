package io.trifold.farm;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.CallResult;
import io.trifold.queue.CallState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallLedgerTest {
  private static final Instant NOW = Instant.parse("2026-03-28T10:00:00Z");

  @TempDir Path directory;

  @Test
  void remembersOverProcessesWhatBeganAndHowItEnded() throws Exception {
    Path file = directory.resolve("calls.jsonl");
    UUID begun = UUID.randomUUID();
    UUID ended = UUID.randomUUID();
    CallResult result = new CallResult(CallState.FAILED, Optional.of(3), "über\n", "exit code 3");
    try (CallLedger ledger = CallLedger.open(file, NOW)) {
      ledger.began(begun, NOW);
      ledger.began(ended, NOW);
      ledger.ended(ended, result, NOW);
    }
    // As a crash leaves it.
    Files.writeString(file, "{\"call\":\"", StandardOpenOption.APPEND);
    try (CallLedger ledger = CallLedger.open(file, NOW)) {
      assertThat(ledger.knows(begun)).isTrue();
      assertThat(ledger.result(begun)).isEmpty();
      assertThat(ledger.result(ended)).contains(result);
      assertThat(ledger.knows(UUID.randomUUID())).isFalse();
    }
    try (CallLedger ledger = CallLedger.open(file, NOW.plus(Duration.ofDays(10)))) {
      assertThat(ledger.knows(begun)).isFalse();
    }
  }
}
