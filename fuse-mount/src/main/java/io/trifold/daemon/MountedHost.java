package io.trifold.daemon;

import io.trifold.farm.FarmHost;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.QueueException;
import io.trifold.queue.Verification;
import io.trifold.replica.PositionException;
import io.trifold.replica.Replica;
import io.trifold.replica.Verifier;
import io.trifold.replica.VerifyReport;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import io.trifold.tree.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mount, as its farm's operations see it. */
record MountedHost(
    String name, Path root, RuleSet rules, Replica replica, Tree tree, RuleReload reload)
    implements FarmHost {
  private static final Logger log = LoggerFactory.getLogger(MountedHost.class);

  /** How many paths that differ a call's output has. */
  private static final int SHOWN = 50;

  /** Dentries and inodes, of the whole machine. */
  private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");

  @Override
  public long position() {
    return replica.position();
  }

  @Override
  public boolean awaitSent(Duration limit) throws InterruptedException {
    try {
      var unused = replica.positions().current(limit, () -> false);
      return true;
    } catch (PositionException e) {
      log.debug("not all is sent that was changed here: {}", e.getMessage());
      return false;
    }
  }

  @Override
  public void delete(String path, boolean directory) throws IOException {
    try {
      new LocalDeletion(rules, tree).delete(path, directory);
    } catch (ErrnoException e) {
      throw new IOException(path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public String reloadRules() throws IOException {
    try {
      return reload.reload();
    } catch (RuleException | MountException e) {
      throw new IOException("the old rules stay: " + e.getMessage(), e);
    }
  }

  @Override
  public Verified verify(String below, Instant since, Duration limit)
      throws IOException, InterruptedException {
    StringBuilder text = new StringBuilder();
    try {
      Verifier verifier = replica.verifier();
      Verification verification = verifier.askSince(below, since);
      VerifyReport report = verifier.verify(verification, limit, found -> {});
      report.divergences().stream()
          .limit(SHOWN)
          .forEach(found -> text.append(found.describe()).append('\n'));
      String paths = report.paths() + " paths at position " + verification.position();
      if (report.moving() > 0) {
        text.append(report.moving()).append(" paths were changing and could not be compared\n");
      }
      text.append(paths).append(", digest ").append(report.digest()).append('\n');
      return new Verified(report.divergent(), verification.position(), text.toString());
    } catch (Verifier.NotNow | QueueException | ErrnoException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public void dropKernelCaches() {
    tree.dropKernelCaches();
    try {
      // Names that do not exist: no notice finds those.
      Files.writeString(DROP, "2\n");
    } catch (IOException e) {
      log.info("the kernel may still keep which names do not exist: {}", e.getMessage());
    }
  }
}
