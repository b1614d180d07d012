package io.trifold.fuse;

import io.trifold.posix.Stat;

/**
 * The answer to a stat.
 *
 * @param nanos how long the kernel may keep it, nanoseconds
 */
public record Attributes(Stat stat, long nanos) {}
