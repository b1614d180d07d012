package io.trifold.queue;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * An operation that a host asks of others, by a name that each of them has declared for itself.
 *
 * @param id unique; a host runs a call of one id at most once
 * @param name which operation
 * @param submitter the host that asks
 * @param after a host begins when it has applied the log up to this position; 0 is at once
 * @param issued when it was submitted, by the database's clock; in milliseconds
 * @param timeout how long after that a host may still begin
 * @param arguments by their names
 * @param data what the operation reads; may be empty
 * @param hosts who is asked
 */
public record Call(
    UUID id,
    String name,
    String submitter,
    long after,
    Instant issued,
    Duration timeout,
    Map<String, String> arguments,
    String data,
    List<String> hosts) {
  /** The most characters that data can have. */
  public static final int MAX_DATA = 64 << 10;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

  public Call {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(data, "data");
    issued = issued.truncatedTo(ChronoUnit.MILLIS);
    arguments = Map.copyOf(new TreeMap<>(arguments));
    hosts = List.copyOf(hosts);
  }

  /** Whether a call, or an argument of one, can have this name. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }
}
