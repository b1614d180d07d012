package io.trifold.tree;

import io.trifold.fuse.AttributeChange;
import io.trifold.fuse.Attributes;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.rules.Decision;
import io.trifold.rules.Side;

/** Changes mode, owner, size and times. */
final class AttributeChanges {
  private final Storage storage;
  private final Resolver resolver;
  private final Changes changes;

  AttributeChanges(Storage storage, Resolver resolver, Changes changes) {
    this.storage = storage;
    this.resolver = resolver;
    this.changes = changes;
  }

  /**
   * Changes a file.
   *
   * @param handle the open file that the caller used, or {@code null}
   */
  Attributes apply(FileNode file, FileHandle handle, AttributeChange change) throws ErrnoException {
    Resolver.OnFile<Stat> use =
        pinned -> {
          changes.admit(file);
          if (change.has(AttributeChange.SIZE)) {
            file.setSize(pinned.stat().size());
            SizeLimits.requireSize(file, change.size());
            file.changeContent(() -> apply(pinned, change));
          } else {
            apply(pinned, change);
          }
          Stat now = pinned.stat();
          file.setSize(now.size());
          changes.changed(file);
          return now;
        };
    Stat stat =
        change.has(AttributeChange.SIZE)
            ? resolver.withFileToWrite(file, handle, use)
            : resolver.withFile(file, handle, use);
    return resolver.attributes(file, stat);
  }

  /** Mode and owner of a merged directory are the same on both sides; its times are its home's. */
  Attributes apply(DirectoryNode directory, AttributeChange change) throws ErrnoException {
    if (Resolver.isRemoved(directory)) {
      Stat now =
          resolver.onRemoved(
              directory,
              pinned -> {
                apply(pinned, change);
                return pinned.stat();
              });
      return Resolver.removedAttributes(directory, now);
    }
    Found found = resolver.standing(directory);
    Side side = found.side();
    Stat stat = apply(directory, side, change);
    if (directory.state().mixed()) {
      applyIfThere(directory, Sides.other(side), change);
    }
    return resolver.attributes(directory, found.state(), side, stat);
  }

  private Stat apply(DirectoryNode directory, Side side, AttributeChange change)
      throws ErrnoException {
    Decision decision = directory.state().directory();
    return storage.in(
        side,
        decision,
        root -> {
          String path = directory.path();
          try (PinnedFile pinned = root.pin(path)) {
            changes.admit(path, decision);
            apply(pinned, change);
            Stat now = pinned.stat();
            changes.changed(path, decision);
            return now;
          }
        });
  }

  private void applyIfThere(DirectoryNode directory, Side side, AttributeChange change)
      throws ErrnoException {
    try {
      resolver.withDirectory(
          directory,
          side,
          pinned -> {
            if (pinned.stat().isDirectory()) {
              applyMode(pinned, change);
            }
            return null;
          });
    } catch (ErrnoException e) {
      if (!Resolver.isAbsence(e)) {
        throw e;
      }
    }
  }

  /** The size before the times, which it changes; the owner before the mode, which it changes. */
  private static void apply(PinnedFile file, AttributeChange change) throws ErrnoException {
    if (change.has(AttributeChange.SIZE)) {
      file.truncate(change.size());
    }
    applyMode(file, change);
    if (change.has(AttributeChange.ATIME) || change.has(AttributeChange.MTIME)) {
      file.utimens(
          change.accessSeconds(),
          nanos(change, AttributeChange.ATIME, AttributeChange.ATIME_NOW, change.accessNanos()),
          change.modifySeconds(),
          nanos(change, AttributeChange.MTIME, AttributeChange.MTIME_NOW, change.modifyNanos()));
    }
  }

  private static void applyMode(PinnedFile file, AttributeChange change) throws ErrnoException {
    if (change.has(AttributeChange.UID) || change.has(AttributeChange.GID)) {
      file.chown(
          change.has(AttributeChange.UID) ? change.uid() : -1,
          change.has(AttributeChange.GID) ? change.gid() : -1);
    }
    if (change.has(AttributeChange.MODE)) {
      file.chmod(change.mode() & ~Stat.S_IFMT);
    }
  }

  private static long nanos(AttributeChange change, int set, int setNow, int nanos) {
    if (!change.has(set)) {
      return Posix.UTIME_OMIT;
    }
    return change.has(setNow) ? Posix.UTIME_NOW : nanos;
  }
}
