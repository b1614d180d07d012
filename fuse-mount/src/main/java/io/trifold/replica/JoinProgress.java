package io.trifold.replica;

/**
 * How far a join is.
 *
 * @param compared how many of the log's paths were compared with the disk
 * @param paths how many the log has; 0 if that is not known
 * @param placed how many of those compared were brought to the disk; the others stood here
 * @param bytes the length of the files among them
 */
public record JoinProgress(long compared, long paths, long placed, long bytes) {

  /** As a line for people, such as {@code 1,000 of 20,000 paths compared (5 %), 17 fetched}. */
  public String describe() {
    String of = paths > 0 ? " of %,d".formatted(Math.max(paths, compared)) : "";
    String share = paths > 0 ? " (%d %%)".formatted(Math.min(100, compared * 100 / paths)) : "";
    return "%,d%s paths compared%s, %,d fetched, %,d MB"
        .formatted(compared, of, share, placed, bytes / 1_000_000);
  }
}
