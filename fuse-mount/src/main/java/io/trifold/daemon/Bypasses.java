package io.trifold.daemon;

import io.trifold.config.Machine;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.DetachedMount;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.MountTable;
import io.trifold.posix.Posix;
import io.trifold.rules.Bypass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of a mount that the kernel serves itself: each is mounted again at its place in
 * the mount, from where its bytes are. Where that cannot be done the daemon serves the directory,
 * as it does any other.
 */
final class Bypasses implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Bypasses.class);

  private final List<MountTable.Mount> mounts = new ArrayList<>();

  /** The number of the mount that they are in. */
  private final long parent;

  private Bypasses(long parent) {
    this.parent = parent;
  }

  /** Where the bytes of bypassed directories are. */
  @FunctionalInterface
  interface Place {
    /** A descriptor that names the directory, for the caller to close. */
    int open(Bypass bypass) throws ErrnoException;
  }

  /** None. */
  static Bypasses none() {
    return new Bypasses(-1);
  }

  /**
   * Puts them up. To be called when the mount answers, on a thread that does not serve it.
   *
   * @param root what is mounted over
   * @param places opens a directory where its bytes are
   * @param warn told of each that cannot be bypassed
   */
  static Bypasses putUp(List<Bypass> wanted, Path root, Place places, Consumer<String> warn)
      throws ErrnoException {
    if (wanted.isEmpty()) {
      return none();
    }
    if (!Machine.isRoot()) {
      wanted.forEach(bypass -> warn.accept(instead(bypass, "only root may mount")));
      return none();
    }
    try (BackingRoot mounted = BackingRoot.open(root.toString())) {
      Bypasses bypasses = new Bypasses(Posix.mountId(mounted.fd()));
      for (Bypass bypass : wanted) {
        try {
          bypasses.putUp(bypass, places.open(bypass), mounted);
        } catch (ErrnoException | IOException e) {
          warn.accept(instead(bypass, MountException.reason(e)));
        }
      }
      return bypasses;
    }
  }

  private static String instead(Bypass bypass, String reason) {
    return bypass.rule().place()
        + ": /"
        + bypass.path()
        + " is served without bypass, as all else: "
        + reason;
  }

  /** Takes over the descriptor of what is to be mounted. */
  private void putUp(Bypass bypass, int source, BackingRoot mounted)
      throws ErrnoException, IOException {
    try {
      if (!Posix.stat(source).isDirectory()) {
        throw new IOException("it is no directory");
      }
      requireAlone(source);
      int target = mounted.openPath(bypass.path());
      try (DetachedMount mount = DetachedMount.of(source)) {
        mount.attach(target);
        MountTable.read().withId(mount.id()).ifPresent(mounts::add);
      } finally {
        Posix.close(target);
      }
    } finally {
      Posix.close(source);
    }
  }

  /** A mount below would be missing from ours, and what it hides would be seen instead. */
  private static void requireAlone(int directory) throws IOException {
    Path path = Files.readSymbolicLink(Path.of("/proc/self/fd/" + directory));
    for (MountTable.Mount mount : MountTable.read().mounts()) {
      if (mount.point().startsWith(path) && !mount.point().equals(path)) {
        throw new IOException(mount.point() + " is mounted within it");
      }
    }
  }

  /** The directories that are bypassed at this moment; asks no filesystem anything. */
  List<Path> standing() {
    if (mounts.isEmpty()) {
      return List.of();
    }
    try {
      MountTable table = MountTable.read();
      return mounts.stream()
          .filter(mount -> isUp(mount, table))
          .map(MountTable.Mount::point)
          .toList();
    } catch (IOException e) {
      log.warn("cannot tell what is bypassed: {}", e.getMessage());
      return List.of();
    }
  }

  private static boolean isUp(MountTable.Mount mount, MountTable table) {
    return table.at(mount.point()).filter(mount::isLike).isPresent();
  }

  /** Takes them down, in use or not: who is in one stays on the disk. */
  @Override
  public void close() {
    for (Path point : standing()) {
      try {
        Posix.unmount(point.toString(), Posix.MNT_DETACH | Posix.UMOUNT_NOFOLLOW);
      } catch (ErrnoException e) {
        log.warn("{}", e.getMessage());
      }
    }
    warnOfOthers();
  }

  /** What others have mounted in the mount goes with it, but not unnoticed. */
  private void warnOfOthers() {
    try {
      MountTable table = MountTable.read();
      Optional<MountTable.Mount> outer = table.withId(parent);
      outer.map(table::within).orElse(List.of()).stream()
          .map(MountTable.Mount::point)
          .forEach(point -> log.warn("{} is mounted in the mount, and goes with it", point));
    } catch (IOException e) {
      log.debug("cannot see what else is mounted", e);
    }
  }
}
