package io.trifold.replica;

import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two hosts change the same few names at once, in every way, while the log comes and goes and
 * processes die. When all is quiet, both disks are alike, and stay so over a restart.
 */
class ReplicaStormTest {
  private static final int STEPS = 150;

  @TempDir Path directory;
  private final MemoryFarm farm = new MemoryFarm();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void bothHostsEndAlike(long seed) throws Exception {
    Random random = new Random(seed);
    Host[] hosts = {
      new Host("one", directory, farm.source()).start(),
      new Host("two", directory, farm.source()).start()
    };
    try {
      for (int step = 0; step < STEPS; step++) {
        Host host = hosts[random.nextInt(2)];
        int kind = random.nextInt(100);
        if (kind < 4) {
          killAndStart(host, random.nextInt(4));
        } else if (kind < 10) {
          disturb(random.nextLong());
        } else if (kind < 20) {
          farm.faults = MemoryFarm.Faults.NONE;
        } else {
          change(host, random, step);
        }
      }
      farm.faults = MemoryFarm.Faults.NONE;
      quiet(hosts);
      quiet(hosts);
      assertThat(hosts[1].tree()).as("seed %d", seed).isEqualTo(hosts[0].tree());
      long head = farm.head();
      hosts[0].restart();
      hosts[1].restart();
      quiet(hosts);
      assertThat(hosts[1].tree()).as("seed %d, after", seed).isEqualTo(hosts[0].tree());
      assertThat(farm.head()).as("seed %d: nothing was left to send", seed).isEqualTo(head);
    } finally {
      farm.faults = MemoryFarm.Faults.NONE;
      hosts[0].close();
      hosts[1].close();
    }
  }

  private static void killAndStart(Host host, int commits) throws Exception {
    host.close();
    AtomicInteger left = new AtomicInteger(commits);
    host.journals = journal -> new CrashingJournal(journal, left);
    host.start();
    host.close();
    host.journals = journal -> journal;
    host.start();
  }

  /** From now on one call in three finds the log away, before or after it was carried out. */
  private void disturb(long seed) {
    Random random = new Random(seed);
    farm.faults =
        (host, operation, after) -> {
          synchronized (random) {
            if (!operation.equals("reachable")
                && !operation.equals("open")
                && random.nextInt(3) == 0) {
              throw MemoryFarm.unreachable();
            }
          }
        };
  }

  private static String name(Random random) {
    String[] names = {"a", "b", "c", "d"};
    String path = names[random.nextInt(names.length)];
    for (int depth = random.nextInt(3); depth > 0; depth--) {
      path += "/" + names[random.nextInt(names.length)];
    }
    return path;
  }

  /** One change, as a caller would try it: what cannot be done is an error to the caller. */
  private static void change(Host host, Random random, int step) {
    String path = name(random);
    try {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          if (!Files.isSymbolicLink(host.root.resolve(path))) {
            host.write(path, host.name + " " + step);
          }
        }
        case 3 -> host.mkdir(path);
        case 4 -> delete(host, path);
        case 5 -> host.rename(path, name(random));
        case 6 -> host.symlink(path, "to-" + step);
        default -> {
          if (Files.isRegularFile(host.root.resolve(path), LinkOption.NOFOLLOW_LINKS)
              || Files.isDirectory(host.root.resolve(path), LinkOption.NOFOLLOW_LINKS)) {
            host.chmod(path, random.nextBoolean() ? "rwxr-x---" : "rwxr-xr-x");
          }
        }
      }
    } catch (IOException e) {
      // ENOTDIR, EEXIST and their like: the caller's business.
      assertThat(e).hasMessageNotContaining("Input/output error");
    }
  }

  private static void delete(Host host, String path) throws IOException {
    if (Files.isDirectory(host.root.resolve(path), LinkOption.NOFOLLOW_LINKS)) {
      host.deleteTree(path);
    } else {
      host.delete(path);
    }
  }
}
