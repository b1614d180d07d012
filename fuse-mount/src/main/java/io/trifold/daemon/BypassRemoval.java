package io.trifold.daemon;

import io.trifold.posix.DetachedMount;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.MountTable;
import io.trifold.posix.Posix;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Takes the bypasses out of a mount that is to be unmounted, as long as nobody uses them. A copy of
 * each is kept at hand until this is closed: if the mount turns out to be in use after all, it gets
 * them back, and nothing has happened.
 */
final class BypassRemoval implements AutoCloseable {

  private record Removed(Path point, DetachedMount copy) {}

  private final Deque<Removed> removed = new ArrayDeque<>();

  /**
   * Takes down all or none.
   *
   * @param bypassed the directories; those among them in which somebody has mounted something else
   *     are left
   * @param mount the mount that they are in
   * @throws MountException if one is in use
   */
  void remove(List<Path> bypassed, MountTable.Mount mount, MountTable table) throws MountException {
    for (Path point : bypassed) {
      Optional<MountTable.Mount> bypass = table.at(point);
      if (bypass.filter(found -> found.parent() == mount.id()).isPresent()) {
        try {
          remove(point);
        } catch (ErrnoException e) {
          putBack();
          throw e.errno() == Errno.EBUSY
              ? new MountException(
                  point
                      + " is in use: end what uses it (lsof +D "
                      + point
                      + " shows it), or take it away from its users with --force",
                  e)
              : new MountException(point + " cannot be unmounted: " + e.getMessage(), e);
        }
      }
    }
  }

  private void remove(Path point) throws ErrnoException {
    DetachedMount copy = copy(point);
    try {
      Posix.unmount(point.toString(), Posix.UMOUNT_NOFOLLOW);
    } catch (ErrnoException e) {
      copy.close();
      throw e;
    }
    removed.push(new Removed(point, copy));
  }

  /** The descriptor that it is made from would keep the mount in use. */
  private static DetachedMount copy(Path point) throws ErrnoException {
    int directory = Posix.open(point.toString(), Posix.O_PATH | Posix.O_DIRECTORY, 0);
    try {
      return DetachedMount.of(directory);
    } finally {
      Posix.close(directory);
    }
  }

  /** Mounts again what was taken down. */
  void putBack() throws MountException {
    while (!removed.isEmpty()) {
      Removed last = removed.pop();
      try (DetachedMount copy = last.copy()) {
        int directory =
            Posix.open(
                last.point().toString(), Posix.O_PATH | Posix.O_DIRECTORY | Posix.O_NOFOLLOW, 0);
        try {
          copy.attach(directory);
        } finally {
          Posix.close(directory);
        }
      } catch (ErrnoException e) {
        throw new MountException(
            last.point()
                + " was taken down and cannot be put back, and is served by the daemon: "
                + e.getMessage(),
            e);
      }
    }
  }

  @Override
  public void close() {
    removed.forEach(each -> each.copy().close());
  }
}
