package io.trifold.daemon;

import io.trifold.config.Machine;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.MountTable;
import io.trifold.posix.Posix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Ends a mount from outside. */
public final class Unmounting {

  /** Longer than a daemon takes to hand over what it has journalled before it gives up. */
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private static final long PAUSE_MILLIS = 20;

  /** So many pauses a process may take to exit: two seconds. */
  private static final long EXITING_MOST = 100;

  private final Path root;

  /**
   * Prepares to end the mount over this root.
   *
   * @param root canonical
   */
  public Unmounting(Path root) {
    this.root = root;
  }

  /**
   * Unmounts, and returns when the mount is gone and its daemon has ended.
   *
   * @param force also if files are open: their users get errors
   * @return what there is to say
   */
  public String unmount(boolean force) throws MountException {
    MountTable table = mounts();
    MountTable.Mount mount = requireMounted(table);
    RunningMount.Answer answer = new RunningMount(root).ask();
    if (answer instanceof RunningMount.Dead) {
      return root + " is unmounted; its daemon was dead" + andWith(detachDead(root));
    }
    Optional<ProcessHandle> daemon = Optional.empty();
    List<Path> bypassed = List.of();
    if (answer instanceof RunningMount.Alive alive) {
      daemon = alive.daemon();
      bypassed = alive.status().bypassed();
    }
    List<Path> others = new ArrayList<>(pointsWithin(mount, table));
    others.removeAll(bypassed);
    if (force) {
      boolean hangs = answer instanceof RunningMount.Silent;
      detach(root, hangs ? Posix.MNT_DETACH | Posix.MNT_FORCE : Posix.MNT_DETACH, "-z");
      // Open files keep a detached mount alive until it is told to end.
      daemon.filter(Unmounting::isTrifold).ifPresent(ProcessHandle::destroy);
    } else {
      requireNone(others);
      detachIdle(bypassed, mount, table);
    }
    return awaitEnd(daemon)
        ? root + " is unmounted" + andWith(others)
        : root
            + " is unmounted"
            + andWith(others)
            + "; its daemon has ended, but storage that hangs still holds its process "
            + daemon.map(ProcessHandle::pid).orElse(0L);
  }

  /** What is said where more than the mount was taken away. */
  static String andWith(List<Path> points) {
    return points.isEmpty()
        ? ""
        : ", and so is what was mounted in it: "
            + String.join(", ", points.stream().map(Path::toString).toList());
  }

  private static List<Path> pointsWithin(MountTable.Mount mount, MountTable table) {
    return table.within(mount).stream().map(MountTable.Mount::point).toList();
  }

  private void requireNone(List<Path> others) throws MountException {
    if (!others.isEmpty()) {
      throw new MountException(
          root
              + " is in use: "
              + others.get(0)
              + " is mounted in it: unmount that first, or take it all away with --force");
    }
  }

  private void detachIdle(List<Path> bypassed, MountTable.Mount mount, MountTable table)
      throws MountException {
    try (BypassRemoval bypasses = new BypassRemoval()) {
      bypasses.remove(bypassed, mount, table);
      try {
        detach(root, 0);
      } catch (MountException e) {
        bypasses.putBack();
        throw e;
      }
    }
  }

  private MountTable.Mount requireMounted(MountTable table) throws MountException {
    Optional<MountTable.Mount> mount = table.at(root);
    if (mount.isEmpty()) {
      throw new MountException(root + " is not mounted");
    }
    if (!mount.get().type().equals(MountTable.TRIFOLD)) {
      throw new MountException(
          root + " is not trifold's: a filesystem of type " + mount.get().type() + " is there");
    }
    return mount.get();
  }

  /**
   * Removes the mount that a dead daemon left; its users have errors already.
   *
   * @return where something was mounted in it, the daemon's own bypasses and what others had: all
   *     that is gone as well
   */
  static List<Path> detachDead(Path root) throws MountException {
    MountTable table = mounts();
    List<Path> within =
        table.trifoldAt(root).map(mount -> pointsWithin(mount, table)).orElse(List.of());
    detach(root, Posix.MNT_DETACH, "-z");
    return within;
  }

  private static void detach(Path root, int flags, String... userFlags) throws MountException {
    if (!Machine.isRoot()) {
      detachAsUser(root, userFlags);
      return;
    }
    try {
      Posix.unmount(root.toString(), flags | Posix.UMOUNT_NOFOLLOW);
    } catch (ErrnoException e) {
      throw e.errno() == Errno.EBUSY
          ? busy(root)
          : new MountException(root + " cannot be unmounted: " + e.getMessage(), e);
    }
  }

  private static void detachAsUser(Path root, String... flags) throws MountException {
    List<String> command = new ArrayList<>();
    command.add(
        Fusermount.find()
            .orElseThrow(() -> new MountException("unmounting needs root or fusermount3"))
            .toString());
    command.add("-u");
    command.addAll(List.of(flags));
    command.add("--");
    command.add(root.toString());
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw said.contains("busy")
            ? busy(root)
            : new MountException(
                root + " cannot be unmounted: " + said.lines().findFirst().orElse("fusermount"));
      }
    } catch (IOException e) {
      throw new MountException(command.get(0) + " cannot be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted", e);
    }
  }

  private static MountException busy(Path root) {
    return new MountException(
        root
            + " is in use: end what uses it (fuser -vm "
            + root
            + " shows it), or take it away from its users with --force");
  }

  /**
   * Waits until the mount is gone and its daemon has ended.
   *
   * @return false if the daemon has nothing left to do, but threads that the system does not let go
   *     of: closing a file on storage that hangs cannot be ended by any signal
   */
  private boolean awaitEnd(Optional<ProcessHandle> daemon) throws MountException {
    Optional<DaemonProcess> process = daemon.map(DaemonProcess::new);
    long end = System.nanoTime() + LIMIT.toNanos();
    long exiting = 0;
    try {
      while (mounts().trifoldAt(root).isPresent()
          || process.filter(it -> !it.hasEnded()).isPresent()) {
        exiting = process.filter(DaemonProcess::isExiting).isPresent() ? exiting + 1 : 0;
        if (exiting > EXITING_MOST && mounts().trifoldAt(root).isEmpty()) {
          return false;
        }
        if (System.nanoTime() - end > 0) {
          throw new MountException(
              mounts().trifoldAt(root).isPresent()
                  ? root + " is still mounted: something has mounted it anew"
                  : root
                      + " is unmounted, but its daemon, process "
                      + daemon.map(ProcessHandle::pid).orElse(0L)
                      + ", has not ended: see its log");
        }
        Thread.sleep(PAUSE_MILLIS);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted", e);
    }
  }

  /** The status named it by a number, which another process may have by now. */
  private static boolean isTrifold(ProcessHandle process) {
    return process.info().commandLine().filter(line -> line.contains("trifold")).isPresent();
  }

  private static MountTable mounts() throws MountException {
    try {
      return MountTable.read();
    } catch (IOException e) {
      throw new MountException("the table of mounts cannot be read: " + e.getMessage(), e);
    }
  }
}
