package io.trifold.tree;

import io.trifold.posix.Stat;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Files that may be written though they are closed: a mapping outlives its descriptor, and where
 * the kernel reads and writes a file itself nothing tells of it. Only what was opened for both can
 * be mapped so. They are looked at for a while. Thread-safe.
 */
final class MappedFiles {
  private static final int MOST = 1000;
  private static final long WHILE_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** The oldest first. */
  private final Map<String, Seen> files = new LinkedHashMap<>();

  private record Seen(Stat stat, long since) {}

  /** Looks at a path. */
  @FunctionalInterface
  interface Look {
    /** Null if nothing stands there. */
    Stat at(String path);
  }

  /** The file at this path was closed, and looked like this when that was told. */
  synchronized void closed(String path, Stat stat) {
    files.remove(path);
    files.put(path, new Seen(stat, System.nanoTime()));
    if (files.size() > MOST) {
      files.remove(files.keySet().iterator().next());
    }
  }

  synchronized boolean contains(String path) {
    return files.containsKey(path);
  }

  /** The paths of those that changed since they were last looked at. */
  List<String> changed(Look look) {
    List<String> changed = new ArrayList<>();
    for (Map.Entry<String, Seen> file : copy().entrySet()) {
      Stat before = file.getValue().stat();
      Stat now = look.at(file.getKey());
      if (now == null || now.inode() != before.inode() || isOld(file.getValue())) {
        forget(file.getKey(), file.getValue());
      } else if (!isSame(before, now)) {
        closed(file.getKey(), now);
        changed.add(file.getKey());
      }
    }
    return changed;
  }

  private synchronized Map<String, Seen> copy() {
    return new LinkedHashMap<>(files);
  }

  private synchronized void forget(String path, Seen seen) {
    files.remove(path, seen);
  }

  private static boolean isOld(Seen seen) {
    return System.nanoTime() - seen.since() > WHILE_NANOS;
  }

  private static boolean isSame(Stat one, Stat other) {
    return one.size() == other.size()
        && one.modifySeconds() == other.modifySeconds()
        && one.modifyNanos() == other.modifyNanos();
  }
}
