package io.trifold.replica;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * How a replica does, for an operator.
 *
 * @param host this host's name
 * @param incarnation of its state
 * @param state starting, joining, catching-up, resynchronising, live, away, or stopped: and why
 * @param position up to which the log is applied here
 * @param head up to which the log is known to reach; as last heard of when the database is away
 * @param pending dirty paths, which are not in the log yet
 * @param deferred paths whose event waits for a local change of the same path
 * @param parked paths whose event could not be applied and is tried again
 * @param rejected how many events this host's rules, or the form of their path, kept out
 * @param displaced how many local files were set aside for the log's version
 * @param conflicts how many changes of this host met another that they were not based on
 * @param keptDirectories how many deleted directories stayed because of what is in them
 * @param specialFiles pipes, sockets and devices met since the start; they do not travel
 * @param tooLarge files that do not travel because they are too large
 * @param lastError the last thing that went wrong, one line; empty if nothing did
 * @param lastApplied when an event of the log was last applied since the start
 */
public record ReplicaStatus(
    String host,
    UUID incarnation,
    String state,
    long position,
    long head,
    int pending,
    int deferred,
    List<Parked> parked,
    long rejected,
    long displaced,
    long conflicts,
    long keptDirectories,
    long specialFiles,
    List<TooLarge> tooLarge,
    String lastError,
    Optional<Instant> lastApplied) {

  /**
   * An event that could not be applied.
   *
   * @param since when it was first tried
   * @param attempts how often it was tried
   */
  public record Parked(String path, long position, String reason, Instant since, int attempts) {}

  /**
   * A file that does not travel.
   *
   * @param size its bytes when it was last looked at
   * @param limit how many it may have
   */
  public record TooLarge(String path, long size, long limit) {}

  public ReplicaStatus {
    parked = List.copyOf(parked);
    tooLarge = List.copyOf(tooLarge);
  }

  /** How many events of the log are not applied here yet. */
  public long lag() {
    return Math.max(0, head - position);
  }
}
