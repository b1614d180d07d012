package io.trifold.tree;

import io.trifold.posix.ErrnoException;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Files that were logs a moment ago. Who opens a log to append to it, while that is rotated away,
 * is a request for a file, in which the kernel no longer says by which name: it is to write into a
 * log all the same, and its lines are to be routed, for as long as it keeps the file open.
 * Thread-safe.
 */
final class FormerLogs {
  /** Longer than a request waits to be served. */
  static final Duration GRACE = Duration.ofSeconds(2);

  /** What a file was called as a log. */
  record Name(String path, Decision decision) {}

  private record Former(Name name, long nanos) {}

  private final LongSupplier nanos;

  /** Whether there may be some: most files that are opened never were a log. */
  private volatile boolean any;

  /** The oldest first; guarded by this. */
  private final Map<Identity, Former> files = new LinkedHashMap<>();

  /**
   * @param nanos a clock, as {@link System#nanoTime}
   */
  FormerLogs(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /**
   * A file is about to lose a name, if that is a log's; to be told while the name's directory has
   * its own.
   */
  void loses(Identity file, Link link) throws ErrnoException {
    Decision decision = link.state().file();
    if (decision.binding() == Binding.LOG) {
      remember(file, new Name(link.path(), decision));
    }
  }

  private synchronized void remember(Identity file, Name name) {
    forgetOld();
    files.remove(file);
    files.put(file, new Former(name, nanos.getAsLong()));
    any = true;
  }

  /** The name of a file that was a log until a moment ago; {@code null} if it was none. */
  Name of(FileNode file) {
    return any ? find(file.identity()) : null;
  }

  private synchronized Name find(Identity file) {
    forgetOld();
    Former former = files.get(file);
    return former == null ? null : former.name();
  }

  private void forgetOld() {
    long now = nanos.getAsLong();
    Iterator<Former> oldest = files.values().iterator();
    while (oldest.hasNext() && now - oldest.next().nanos() > GRACE.toNanos()) {
      oldest.remove();
    }
    any = !files.isEmpty();
  }
}
