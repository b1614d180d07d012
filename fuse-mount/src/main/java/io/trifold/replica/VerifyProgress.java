package io.trifold.replica;

import io.trifold.queue.Digest;
import io.trifold.queue.Verification;
import java.util.List;
import java.util.UUID;

/**
 * How far a verification is: enough to go on from there after a restart.
 *
 * @param epoch of the log that it is of
 * @param after the last path that the log knows and that is done with; empty at the beginning
 * @param digest of what is done with
 * @param again paths up to there that were moving
 * @param divergent how many differ so far
 * @param missing how many of these are gone from the disk
 * @param divergences the first of them
 */
record VerifyProgress(
    UUID epoch,
    Verification verification,
    String after,
    Digest digest,
    long paths,
    long bytes,
    long unbound,
    List<String> again,
    long divergent,
    long missing,
    List<Divergence> divergences) {
  VerifyProgress {
    again = List.copyOf(again);
    divergences = List.copyOf(divergences);
  }

  static VerifyProgress begin(UUID epoch, Verification verification) {
    return new VerifyProgress(
        epoch, verification, "", new TreeDigest().value(), 0, 0, 0, List.of(), 0, 0, List.of());
  }
}
