package io.trifold.farm;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trifold.queue.CallResult;
import io.trifold.queue.CallState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which calls this host has begun, and how they ended: a file of its own, the authority on it. By
 * it a call is never run twice, whatever the database says, and a result that the database could
 * not be told is told later, also by the next process. Thread-safe.
 */
final class CallLedger implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CallLedger.class);

  /** Longer than any call can be good for. */
  private static final Duration KEEP = Duration.ofDays(9);

  private static final ObjectMapper JSON =
      new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

  /** A line: the call has begun, or, with a state, it has ended. */
  record Line(UUID call, long second, String state, Integer exit, String output, String reason) {
    Optional<CallResult> result() {
      return Optional.ofNullable(state)
          .map(
              s -> new CallResult(CallState.valueOf(s), Optional.ofNullable(exit), output, reason));
    }
  }

  private final FileChannel file;
  private final Map<UUID, Line> lines;

  private CallLedger(FileChannel file, Map<UUID, Line> lines) {
    this.file = file;
    this.lines = lines;
  }

  /** Opens the ledger, and forgets what is too old to matter. */
  static CallLedger open(Path path, Instant now) throws IOException {
    Map<UUID, Line> lines = new LinkedHashMap<>();
    if (Files.exists(path)) {
      for (String text : Files.readAllLines(path, StandardCharsets.UTF_8)) {
        read(text, path).ifPresent(line -> lines.put(line.call(), line));
      }
    }
    lines.values().removeIf(line -> line.second() < now.minus(KEEP).getEpochSecond());
    Path beside = path.resolveSibling(path.getFileName() + ".new");
    FileChannel file =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      CallLedger ledger = new CallLedger(file, lines);
      for (Line line : lines.values()) {
        ledger.write(line);
      }
      file.force(true);
      Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE);
      return ledger;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** The last line may be half written. */
  private static Optional<Line> read(String text, Path path) {
    try {
      return Optional.of(JSON.readValue(text, Line.class));
    } catch (JsonProcessingException e) {
      log.warn("{} has a line that is none: {}", path, e.getOriginalMessage());
      return Optional.empty();
    }
  }

  synchronized boolean knows(UUID call) {
    return lines.containsKey(call);
  }

  /** How it ended, if it did. */
  synchronized Optional<CallResult> result(UUID call) {
    return Optional.ofNullable(lines.get(call)).flatMap(Line::result);
  }

  /** On the disk when this returns. */
  synchronized void began(UUID call, Instant now) throws IOException {
    put(new Line(call, now.getEpochSecond(), null, null, null, null));
  }

  /** On the disk when this returns. */
  synchronized void ended(UUID call, CallResult result, Instant now) throws IOException {
    put(
        new Line(
            call,
            now.getEpochSecond(),
            result.state().name(),
            result.exitCode().orElse(null),
            result.output(),
            result.reason()));
  }

  private void put(Line line) throws IOException {
    write(line);
    file.force(false);
    lines.put(line.call(), line);
  }

  private void write(Line line) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
