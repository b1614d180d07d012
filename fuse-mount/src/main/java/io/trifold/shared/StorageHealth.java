package io.trifold.shared;

import java.time.Instant;

/**
 * How the shared storage does.
 *
 * @param reachable whether calls are let through to it
 * @param since when that began to be so
 * @param reason why it is not reachable; empty if it is
 * @param underWay how many calls somebody waits for
 * @param hanging how many calls were given up, and have not come back yet
 * @param timedOut how many calls were given up since the mount
 */
public record StorageHealth(
    boolean reachable, Instant since, String reason, int underWay, int hanging, long timedOut) {}
