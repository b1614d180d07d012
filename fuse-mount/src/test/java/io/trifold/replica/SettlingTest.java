package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.rules.Options;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a close returns under each {@code sync}. */
class SettlingTest extends TwoHosts {
  private static Options options(String text) throws RuleException {
    return RuleSet.parse("test.rules", "propagated f " + text + "\n")
        .root()
        .step("f")
        .file()
        .options();
  }

  /** The error of a wait, 0 if it ended well. */
  private static int settle(Host host, String path, Options options) {
    try {
      host.replica().observer().settle(path, options);
      return 0;
    } catch (ErrnoException e) {
      assertThat(e.getMessage()).contains(path);
      return e.errno();
    }
  }

  private void away(String host, String operation) {
    farm.faults =
        (at, what, after) -> {
          if (at.equals(host) && (what.equals(operation) || what.equals("reachable"))) {
            throw MemoryFarm.unreachable();
          }
        };
  }

  @Test
  void queuedIsInTheLogAlsoWhileTheWriterHasItOpen() throws Exception {
    Options queued = options("sync=queued sync-timeout=1m");
    one.openForWriting.add("f");
    for (int i = 0; i < 20; i++) {
      long head = farm.head();
      one.write("f", "version " + i);
      assertThat(settle(one, "f", queued)).isZero();
      assertThat(farm.head()).isEqualTo(head + 1);
    }
    one.openForWriting.clear();
    assertThat(settle(one, "f", queued)).as("nothing is to be done").isZero();
  }

  @Test
  void appliedIsOnTheOtherHost() throws Exception {
    Options applied = options("sync=applied sync-timeout=1m");
    for (int i = 0; i < 20; i++) {
      one.write("f", "version " + i);
      assertThat(settle(one, "f", applied)).isZero();
      assertThat(two.read("f")).isEqualTo("version " + i);
    }
    two.close();
    one.write("f", "alone");
    assertThat(settle(one, "f", applied)).as("with hosts that are live").isZero();
  }

  @Test
  void afterTheLimitItIsAnError() throws Exception {
    away("one", "append");
    one.write("f", "text");
    assertThat(settle(one, "f", options("sync=queued sync-timeout=50ms")))
        .isEqualTo(Errno.ETIMEDOUT);
    farm.faults = MemoryFarm.Faults.NONE;
    assertThat(settle(one, "f", options("sync=queued sync-timeout=1m"))).isZero();

    away("two", "read");
    one.write("f", "more");
    assertThat(settle(one, "f", options("sync=queued sync-timeout=1m"))).isZero();
    assertThat(settle(one, "f", options("sync=applied sync-timeout=50ms")))
        .isEqualTo(Errno.ETIMEDOUT);
    farm.faults = MemoryFarm.Faults.NONE;
    assertThat(settle(one, "f", options("sync=applied sync-timeout=1m"))).isZero();
    assertThat(two.read("f")).isEqualTo("more");
  }

  @Test
  void whileTheQueueHasBeenAwayForLongerThanTheLimitNobodyWaits() throws Exception {
    away("one", "append");
    one.write("f", "text");
    Options soon = options("sync=queued sync-timeout=200ms");
    assertThat(settle(one, "f", soon)).isEqualTo(Errno.ETIMEDOUT);
    Thread.sleep(300);
    CompletableFuture<Integer> second = CompletableFuture.supplyAsync(() -> settle(one, "f", soon));
    assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo(Errno.ETIMEDOUT);
  }

  @Test
  void aSlowPathHoldsUpNoOther() throws Exception {
    Options patient = options("sync=queued sync-timeout=1m");
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("two") && operation.equals("read")) {
            throw MemoryFarm.unreachable();
          }
        };
    one.write("f", "text");
    CompletableFuture<Integer> slow =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return settle(one, "f", options("sync=applied sync-timeout=1m"));
              } catch (RuleException e) {
                throw new AssertionError(e);
              }
            });
    one.write("g", "text");
    assertThat(settle(one, "g", patient)).isZero();
    assertThat(slow).isNotDone();
    farm.faults = MemoryFarm.Faults.NONE;
    assertThat(slow.get(60, TimeUnit.SECONDS)).isZero();
  }
}
