package io.trifold.daemon;

import io.trifold.config.Machine;
import io.trifold.config.MountSettings;
import io.trifold.posix.MountTable;
import io.trifold.rules.Binding;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Looks whether a mount can be made, before anything is opened. Everything here is plain Java, for
 * the command to fail fast.
 */
public final class MountChecks {
  private static final Path DEVICE = Path.of("/dev/fuse");
  private static final Path NOWHERE = Path.of("");

  private final MountSettings settings;

  public MountChecks(MountSettings settings) {
    this.settings = settings;
  }

  /**
   * Checks everything but the database. A mount of a dead daemon is taken away.
   *
   * @return what the user should know though nothing is wrong
   */
  public Optional<String> run() throws MountException, RuleException {
    Path root = settings.root();
    if (root.getParent() == null) {
      throw new MountException("/ cannot be a root: name the application's directory");
    }
    boolean stale = isStale(root);
    requireApart(settings.state(), "--state");
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      requireApart(Path.of(part).toAbsolutePath(), "trifold itself,");
    }
    if (needsRemote(RuleSet.named(settings.rules()))) {
      requireRemote();
    }
    requireFuse();
    List<Path> within = List.of();
    if (stale) {
      // Last: as long as the dead mount is there, nobody can write below it by mistake.
      within = Unmounting.detachDead(root);
    }
    if (!Files.isDirectory(root)) {
      throw new MountException(
          root + (Files.exists(root) ? " is not a directory" : " does not exist: create it first"));
    }
    return stale
        ? Optional.of(
            root + ": took away the mount that a dead daemon had left" + Unmounting.andWith(within))
        : Optional.empty();
  }

  /** Checks what must be so to work on a root that is not mounted. */
  public void runUnmounted() throws MountException, RuleException {
    Path root = settings.root();
    if (mounts().trifoldAt(root).isPresent()) {
      throw new MountException(root + " is mounted: trifold umount " + root + " first");
    }
    if (!Files.isDirectory(root)) {
      throw new MountException(root + " is not a directory");
    }
    requireApart(settings.state(), "--state");
    if (needsRemote(RuleSet.named(settings.rules()))) {
      requireRemote();
    }
  }

  /** Whether some path may be bound to the shared storage. */
  static boolean needsRemote(RuleSet rules) {
    return rules.rules().stream().anyMatch(rule -> rule.binding() == Binding.REMOTE);
  }

  /** Whether a dead daemon's mount is there. */
  private static boolean isStale(Path root) throws MountException {
    if (mounts().trifoldAt(root).isEmpty()) {
      return false;
    }
    RunningMount.Answer answer = new RunningMount(root).ask();
    if (answer instanceof RunningMount.Dead) {
      return true;
    }
    if (answer instanceof RunningMount.Silent silent) {
      throw new MountException(
          root
              + " is mounted already, and cannot be asked ("
              + silent.reason()
              + "): trifold umount --force "
              + root);
    }
    String who =
        ((RunningMount.Alive) answer)
            .status()
            .get("host")
            .map(host -> ", as host " + host)
            .orElse("");
    throw new MountException(
        root + " is mounted already" + who + ": trifold umount " + root + " first");
  }

  /** The daemon must not need its own mount, and the mount must not show the daemon's own. */
  private void requireApart(Path path, String what) throws MountException {
    Path root = settings.root();
    if (real(path).startsWith(root)) {
      throw new MountException(
          what + " " + path + " is inside the root " + root + ": it must be elsewhere");
    }
  }

  /** As far as it exists, without symlinks. */
  private static Path real(Path path) {
    for (Path existing = path; existing != null; existing = existing.getParent()) {
      try {
        return existing.toRealPath().resolve(existing.relativize(path)).normalize();
      } catch (IOException e) {
        // Not there or not to be seen: what is above it decides.
      }
    }
    return path;
  }

  private void requireRemote() throws MountException {
    Path remote = settings.remote();
    Path real = withinSeconds(() -> Files.isDirectory(remote) ? real(remote) : NOWHERE);
    if (real.equals(NOWHERE)) {
      throw new MountException(
          "the shared storage "
              + remote
              + " is missing: is it mounted? If it is to be this directory: mkdir "
              + remote);
    }
    if (real.startsWith(settings.root()) || settings.root().startsWith(real)) {
      throw new MountException(
          "the shared storage "
              + remote
              + " and the root "
              + settings.root()
              + " are one inside the other: they must be beside each other");
    }
    if (real(settings.state()).startsWith(real)) {
      throw new MountException(
          "--state "
              + settings.state()
              + " is on the shared storage "
              + remote
              + ": it must be on this host's disk");
    }
  }

  /** Asks storage that may hang. */
  private Path withinSeconds(Supplier<Path> question) throws MountException {
    CompletableFuture<Path> answer = new CompletableFuture<>();
    Thread asker = new Thread(() -> answer.complete(question.get()), "ask shared storage");
    asker.setDaemon(true);
    asker.start();
    try {
      return answer.get(10, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new MountException(
          "the shared storage " + settings.remote() + " does not answer: look at its server", e);
    } catch (ExecutionException e) {
      throw new MountException(MountException.reason(e.getCause()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted", e);
    }
  }

  private static void requireFuse() throws MountException {
    if (!Files.exists(DEVICE)) {
      throw new MountException(
          DEVICE + " is missing: modprobe fuse, or give the container --device " + DEVICE);
    }
    if (!Machine.isRoot() && Fusermount.find().isEmpty()) {
      throw new MountException(
          "mounting needs root or fusermount3: run it as root, or install the package fuse3");
    }
  }

  private static MountTable mounts() throws MountException {
    try {
      return MountTable.read();
    } catch (IOException e) {
      throw new MountException("the table of mounts cannot be read: " + e.getMessage(), e);
    }
  }
}
