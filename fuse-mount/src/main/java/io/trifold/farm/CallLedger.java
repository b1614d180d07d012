package io.trifold.farm;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trifold.queue.CallResult;
import io.trifold.queue.CallState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which calls this host has begun, and how they ended: a file of its own, the authority on it. By
 * it a call is never run twice, whatever the database says, and a result that the database could
 * not be told is told later, also by the next process. A call is forgotten when it is too old to be
 * run by anybody. Thread-safe.
 */
final class CallLedger implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CallLedger.class);

  /** The file is not written anew before it has as many bytes. */
  private static final long SMALL = 1 << 20;

  private static final ObjectMapper JSON =
      new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

  /**
   * A line: the call has begun, or, with a state, it has ended.
   *
   * @param until when nobody will run it any more, in seconds of the epoch
   */
  record Line(UUID call, long until, String state, Integer exit, String output, String reason) {
    Optional<CallResult> result() {
      return Optional.ofNullable(state)
          .map(
              s -> new CallResult(CallState.valueOf(s), Optional.ofNullable(exit), output, reason));
    }
  }

  /** Does something with a line. */
  @FunctionalInterface
  private interface LineSink {
    void accept(Line line) throws IOException;
  }

  private final Path path;
  private final Map<UUID, Long> until = new HashMap<>();
  private FileChannel file;

  /** When it is time to leave out what is forgotten. */
  private long largest;

  private CallLedger(Path path) {
    this.path = path;
  }

  /** Opens the ledger, and forgets what is too old to matter. */
  static CallLedger open(Path path, Instant now) throws IOException {
    CallLedger ledger = new CallLedger(path);
    ledger.rewrite(now);
    return ledger;
  }

  /** Leaves out what is too old to matter, and the half of a line that a crash may have left. */
  private void rewrite(Instant now) throws IOException {
    Path beside = path.resolveSibling(path.getFileName() + ".new");
    FileChannel fresh =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      until.clear();
      forEach(
          line -> {
            if (line.until() >= now.getEpochSecond()) {
              until.put(line.call(), line.until());
              write(fresh, line);
            }
          });
      fresh.force(true);
      Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE);
      largest = Math.max(SMALL, 2 * fresh.size());
    } catch (IOException e) {
      fresh.close();
      throw e;
    }
    close();
    file = fresh;
  }

  private void forEach(LineSink sink) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    // Unlike Files.newBufferedReader it goes on where a character is cut in two.
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(path), StandardCharsets.UTF_8))) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        Optional<Line> line = read(text);
        if (line.isPresent()) {
          sink.accept(line.get());
        }
      }
    }
  }

  private Optional<Line> read(String text) {
    try {
      return Optional.of(JSON.readValue(text, Line.class));
    } catch (JsonProcessingException e) {
      log.warn("{} has a line that is none: {}", path, e.getOriginalMessage());
      return Optional.empty();
    }
  }

  synchronized boolean knows(UUID call) {
    return until.containsKey(call);
  }

  /** How these ended, of which that is known. Reads the file. */
  synchronized Map<UUID, CallResult> results(Collection<UUID> calls) throws IOException {
    Map<UUID, CallResult> results = new HashMap<>();
    forEach(
        line -> {
          if (calls.contains(line.call())) {
            line.result().ifPresent(result -> results.put(line.call(), result));
          }
        });
    return results;
  }

  /**
   * On the disk when this returns.
   *
   * @param good when nobody will run it any more
   */
  synchronized void began(UUID call, Instant good, Instant now) throws IOException {
    put(new Line(call, good.getEpochSecond(), null, null, null, null), now);
  }

  /** On the disk when this returns. */
  synchronized void ended(UUID call, CallResult result, Instant good, Instant now)
      throws IOException {
    put(
        new Line(
            call,
            good.getEpochSecond(),
            result.state().name(),
            result.exitCode().orElse(null),
            result.output(),
            result.reason()),
        now);
  }

  private void put(Line line, Instant now) throws IOException {
    write(file, line);
    file.force(false);
    until.put(line.call(), line.until());
    if (file.size() > largest) {
      rewrite(now);
    }
  }

  private static void write(FileChannel to, Line line) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
