package io.trifold.fuse;

import io.trifold.posix.Stat;

/**
 * The answer to a lookup, or to what makes a new entry. An answer that names a node counts one
 * reference to it, which {@link FuseOperations#forget} gives back.
 *
 * @param node the node, 0 if nothing stands there
 * @param generation tells a node from an earlier one of the same number
 * @param stat its attributes, {@code null} if nothing stands there
 * @param nameNanos how long the kernel may keep the name, or the absence; nanoseconds
 * @param attributeNanos how long it may keep the attributes; nanoseconds
 */
public record Entry(long node, long generation, Stat stat, long nameNanos, long attributeNanos) {
  /** For ever: the kernel is told when it is over. About ten years. */
  public static final long UNLIMITED = 300_000_000L * 1_000_000_000L;

  /** Nothing stands there, and the kernel may remember that for so long. */
  public static Entry absent(long nameNanos) {
    return new Entry(0, 0, null, nameNanos, 0);
  }
}
