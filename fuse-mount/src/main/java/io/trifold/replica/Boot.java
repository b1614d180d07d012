package io.trifold.replica;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * A start of the machine.
 *
 * @param id what the kernel calls it; another one for each start (random(4))
 * @param since when it was, by the machine's clock, whole seconds ({@code btime} of proc_stat(5))
 */
record Boot(String id, Instant since) {
  private static final Path ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path STATISTICS = Path.of("/proc/stat");
  private static final String TIME = "btime ";

  /** The one that this process lives in. */
  static Boot current() {
    try (Stream<String> lines = Files.lines(STATISTICS)) {
      long seconds =
          lines
              .filter(line -> line.startsWith(TIME))
              .mapToLong(line -> Long.parseLong(line.substring(TIME.length()).strip()))
              .findFirst()
              .orElseThrow(() -> new IOException("no " + TIME + "in it"));
      return new Boot(Files.readString(ID).strip(), Instant.ofEpochSecond(seconds));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell when the machine was started", e);
    }
  }
}
