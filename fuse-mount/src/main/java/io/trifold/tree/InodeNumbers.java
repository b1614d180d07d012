package io.trifold.tree;

import io.trifold.posix.Stat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The inode numbers that callers see. Those of the application root's device are as on the disk;
 * those of other devices differ in their top bits, so that no two files of a mount have one number.
 * Filesystems use fewer than 48 bits in practice.
 */
final class InodeNumbers {
  private static final int INDEX_SHIFT = 48;
  private static final int MAX_INDEX = 0x7ffe;

  /** Above all devices: what stands on none. */
  static final long VIRTUAL = 0x7fffL << INDEX_SHIFT;

  private final Map<Long, Long> indexes = new ConcurrentHashMap<>();

  InodeNumbers(long applicationDevice) {
    indexes.put(applicationDevice, 0L);
  }

  long of(Stat stat) {
    return of(stat.device(), stat.inode());
  }

  long of(long device, long inode) {
    Long index = indexes.get(device);
    return inode ^ (index != null ? index : newIndex(device)) << INDEX_SHIFT;
  }

  private synchronized long newIndex(long device) {
    return indexes.computeIfAbsent(device, d -> (long) Math.min(indexes.size(), MAX_INDEX));
  }
}
