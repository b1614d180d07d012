package io.trifold.replica;

import io.trifold.queue.Digest;
import io.trifold.queue.Verification;
import java.time.Instant;
import java.util.List;

/**
 * What came of a verification on this host.
 *
 * @param digest over all that was found; equal to another host's if and only if the trees are
 * @param paths how many paths were looked at
 * @param bytes how many bytes of content were read
 * @param unbound how many of them this host's rules do not propagate
 * @param moving how many changed again and again meanwhile, and count as the log has them
 * @param divergent how many differ
 * @param missing how many of these are gone from the disk
 * @param divergences the first of those that differ
 */
public record VerifyReport(
    Verification verification,
    Digest digest,
    long paths,
    long bytes,
    long unbound,
    long moving,
    long divergent,
    long missing,
    List<Divergence> divergences,
    Instant finished) {
  public VerifyReport {
    divergences = List.copyOf(divergences);
  }
}
