package io.trifold.tree;

import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Has the kernel drop the listings of directories that others change, too. It keeps a listing as
 * long as the directory's time of modification stays the same; but a change on the shared storage
 * within one tick of that clock, which on some storage is a second long, leaves it as it was.
 */
final class ListingExpiry {
  /** By then the kernel has taken the answer that was the last piece of the listing. */
  private static final long SOON = TimeUnit.MILLISECONDS.toNanos(5);

  private final Notices notices;
  private final Set<DirectoryNode> due = ConcurrentHashMap.newKeySet();

  ListingExpiry(Notices notices) {
    this.notices = notices;
  }

  /** A listing of it was given to its end. */
  void listed(DirectoryNode directory) {
    RuleState state = directory.state();
    if ((state.mixed() || directory.home() == Side.SHARED) && due.add(directory)) {
      long nanos = Routes.attributeNanos(state, Side.SHARED, true);
      notices.sendAfter(
          Math.max(SOON, nanos),
          cache -> {
            due.remove(directory);
            cache.invalidateNode(directory.number());
          });
    }
  }
}
