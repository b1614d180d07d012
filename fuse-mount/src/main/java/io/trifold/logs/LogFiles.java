package io.trifold.logs;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import io.trifold.rules.FileNames;
import io.trifold.rules.LogOptions;
import io.trifold.rules.RuleState;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The logs that are in use, one {@link LogFile} for each inode. Thread-safe. */
final class LogFiles {
  private static final int ANYONE_WRITES = 0222;
  private static final int MOST_MET = 10_000;

  private record Key(long device, long inode) {}

  private final BackingRoot root;
  private final RuleState rules;
  private final String host;
  private final Spool spool;
  private final LogCounts counts;
  private final Headers headers = new Headers();

  /** Guarded by itself, and so are the files' users. */
  private final Map<Key, LogFile> files = new HashMap<>();

  private final Map<LogFile, Key> keys = new HashMap<>();

  /** Where there was a log, whoever wrote to it: if it is gone, it may be just being rotated. */
  private final Cache<String, Boolean> met =
      Caffeine.newBuilder().maximumSize(MOST_MET).executor(Runnable::run).build();

  LogFiles(BackingRoot root, RuleState rules, String host, Spool spool, LogCounts counts) {
    this.root = root;
    this.rules = rules;
    this.host = host;
    this.spool = spool;
    this.counts = counts;
  }

  /** The rule of a log at this path; none if it is no log. */
  Optional<LogOptions> rule(String path) {
    RuleState state = rules;
    for (String name : path.split("/", -1)) {
      state = state.step(name);
    }
    Decision decision = state.file();
    return decision.binding() == Binding.LOG
        ? Optional.of(decision.options().log())
        : Optional.empty();
  }

  /** The log behind a descriptor, if it is active; to be given back. */
  Optional<LogFile> take(String path, LogOptions rule, int fd) throws ErrnoException {
    Stat stat = Posix.stat(fd);
    if (!stat.isRegular() || (stat.permissions() & ANYONE_WRITES) == 0) {
      return Optional.empty();
    }
    met.put(path, true);
    Key key = new Key(stat.device(), stat.inode());
    synchronized (files) {
      LogFile file = files.get(key);
      if (file != null) {
        file.use();
      } else {
        file = new LogFile(path, rule, host, fd, spool, headers, counts);
        files.put(key, file);
        keys.put(file, key);
      }
      return Optional.of(file);
    }
  }

  /** The log at a path, if it is one that is active; to be given back. */
  Optional<LogFile> find(String path) throws ErrnoException {
    Optional<LogOptions> rule = rule(path);
    if (rule.isEmpty()) {
      return Optional.empty();
    }
    int fd;
    try {
      fd = root.openFile(path, Posix.O_RDWR | Posix.O_NONBLOCK | Posix.O_NOFOLLOW, 0);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT
          || e.errno() == Errno.ENOTDIR
          || e.errno() == Errno.EISDIR
          || e.errno() == Errno.ELOOP
          || e.errno() == Errno.EACCES
          || e.errno() == Errno.ENXIO) {
        return Optional.empty();
      }
      throw e;
    }
    try {
      return take(path, rule.get(), fd);
    } finally {
      Posix.close(fd);
    }
  }

  void giveBack(LogFile file) {
    synchronized (files) {
      if (file.unuse()) {
        files.remove(keys.remove(file));
        file.close();
      }
    }
  }

  /** Whether there was a log at this path that is not known to be gone for good. */
  boolean hasMet(String path) {
    return met.getIfPresent(path) != null;
  }

  /** The log at this path was waited for, and did not come back. */
  void forget(String path) {
    met.invalidate(path);
  }

  /** How many are in use. */
  int size() {
    synchronized (files) {
      return files.size();
    }
  }

  /** The path as it may be shown. */
  static String shown(String path) {
    return new String(LineFormat.escaped(FileNames.encode(path)), StandardCharsets.UTF_8);
  }
}
