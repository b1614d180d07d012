package io.trifold.daemon;

import io.trifold.farm.FarmHost;
import io.trifold.posix.ErrnoException;
import io.trifold.replica.PositionException;
import io.trifold.replica.Replica;
import io.trifold.rules.RuleSet;
import io.trifold.tree.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mount, as its farm's operations see it. */
record MountedHost(String name, Path root, RuleSet rules, Replica replica, Tree tree)
    implements FarmHost {
  private static final Logger log = LoggerFactory.getLogger(MountedHost.class);

  /** Dentries and inodes, of the whole machine. */
  private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");

  @Override
  public long position() {
    return replica.position();
  }

  @Override
  public void awaitSent(Duration limit) throws InterruptedException {
    try {
      var unused = replica.positions().current(limit, () -> false);
    } catch (PositionException e) {
      log.debug("not all is sent that was changed here: {}", e.getMessage());
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
