package io.trifold.cli;

import io.trifold.rules.Durations;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How long a command waits. */
final class TimeLimit {
  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "30s",
      converter = Converter.class,
      description = "How long to wait, as in 500ms, 30s, 5m (default: 30s).")
  private Duration timeout;

  long millis() {
    return timeout.toMillis();
  }

  /** Reads durations as rule files have them. */
  static final class Converter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return Durations.parse(text, Duration.ZERO, Duration.ofHours(24));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("\"" + text + "\" is no duration from 0 to 24h");
      }
    }
  }
}
