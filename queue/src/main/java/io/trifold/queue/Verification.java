package io.trifold.queue;

import java.time.Instant;

/**
 * What the hosts of a farm are asked to verify: that what stands on their disks is what the log
 * said at one position.
 *
 * @param id its number; the later, the higher
 * @param below a path, which stands for itself and all below it; empty for everything
 * @param urgent whether somebody waits for the answers
 * @param askedBy the host that asked
 * @param askedAt by the database's clock
 */
public record Verification(
    long id, long position, String below, boolean urgent, String askedBy, Instant askedAt) {

  /**
   * A host's answer.
   *
   * @param host its name
   * @param digest over path, version and content of all that it found; equal where the hosts are
   * @param paths how many paths it looked at
   * @param bytes how many bytes of content it read
   * @param divergences how many paths differ from the log there
   * @param at when it answered, by the database's clock
   */
  public record Answer(
      String host, Digest digest, long paths, long bytes, long divergences, Instant at) {}
}
