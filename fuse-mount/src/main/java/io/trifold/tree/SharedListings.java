package io.trifold.tree;

import io.trifold.rules.Side;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Has the kernel drop the listings of directories that others change, too. It keeps a listing as
 * long as the directory's time of modification stays the same; but what happens on the shared
 * storage within one tick of that clock leaves it as it was, and of a merged directory it is the
 * application's side that has the time.
 */
final class SharedListings {
  /** By then the kernel has taken the answer that was the last piece of the listing. */
  private static final long SOON = TimeUnit.MILLISECONDS.toNanos(5);

  private final Notices notices;
  private final Set<DirectoryNode> kept = ConcurrentHashMap.newKeySet();

  SharedListings(Notices notices) {
    this.notices = notices;
  }

  /**
   * A listing was given to its end.
   *
   * @param nanos how long the kernel may keep it
   */
  void listed(DirectoryNode directory, long nanos) {
    if (isShared(directory) && kept.add(directory)) {
      notices.sendAfter(Math.max(SOON, nanos), unused -> drop(directory));
    }
  }

  private static boolean isShared(DirectoryNode directory) {
    return directory.state().mixed() || directory.home() == Side.SHARED;
  }

  /**
   * The kernel asks about the directory, as it does before each use of a listing when what it knows
   * is too old. It takes this notice, other than others, also before it has that request's answer:
   * it asks with no page of the listing locked.
   */
  void askedAbout(DirectoryNode directory) {
    if (!kept.isEmpty()) {
      drop(directory);
    }
  }

  private void drop(DirectoryNode directory) {
    if (kept.remove(directory)) {
      notices.send(cache -> cache.invalidateNode(directory.number()));
    }
  }
}
