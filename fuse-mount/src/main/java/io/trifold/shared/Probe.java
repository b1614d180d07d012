package io.trifold.shared;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.MountTable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether the storage is at its place: often while it is away, now and then while it is in
 * use, and hardly ever while nobody uses it. One look at a time; only when something else was
 * mounted there meanwhile is one that hangs left alone, and the next begun.
 */
final class Probe {
  private static final Logger log = LoggerFactory.getLogger(Probe.class);

  /** Looks that hang, each on a thread, while the storage is mounted again and again. */
  private static final int MOST_HANGING = 8;

  private static final long LOOK_AT_MOUNTS_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * How often to look.
   *
   * @param inUse while it is reachable and used
   * @param idle while it is reachable and not used
   * @param away while it is away
   */
  record Pace(Duration inUse, Duration idle, Duration away) {
    static final Pace USUAL =
        new Pace(Duration.ofSeconds(5), Duration.ofMinutes(1), Duration.ofSeconds(1));
  }

  private final SharedPlace place;
  private final Gate gate;
  private final Pace pace;
  private final Supplier<Held<BackingRoot>> held;
  private final Consumer<BackingRoot> found;
  private final ThreadFactory threads;
  private final AtomicInteger looking = new AtomicInteger();
  private final Thread thread;
  private long looked = System.nanoTime();

  /**
   * @param held the root that is used, with a use of it for the caller to release; {@code null}
   *     once the storage is given up
   * @param found told the root to use from now on, whenever the storage is at its place
   */
  Probe(
      SharedPlace place,
      Gate gate,
      Pace pace,
      Supplier<Held<BackingRoot>> held,
      Consumer<BackingRoot> found,
      ThreadFactory threads) {
    this.place = place;
    this.gate = gate;
    this.pace = pace;
    this.held = held;
    this.found = found;
    this.threads = threads;
    this.thread = threads.newThread(this::run);
  }

  void start() {
    thread.start();
  }

  void stop() {
    thread.interrupt();
  }

  private void run() {
    try {
      do {
        pause();
      } while (look());
    } catch (InterruptedException e) {
      log.debug("no more looks at {}", place.path());
    }
  }

  private void pause() throws InterruptedException {
    if (!gate.isOpen()) {
      TimeUnit.NANOSECONDS.sleep(pace.away().toNanos());
      return;
    }
    do {
      gate.awaitShut(pace.inUse().toNanos());
    } while (gate.isOpen()
        && !gate.answeredSince(looked)
        && System.nanoTime() - looked < pace.idle().toNanos());
  }

  /** Whether to go on; not once the storage is given up. */
  private boolean look() throws InterruptedException {
    looked = System.nanoTime();
    Held<BackingRoot> root = held.get();
    if (root == null) {
      return false;
    }
    Call<BackingRoot> look =
        new Call<>(
            () -> place.look(root.get()),
            late -> {
              if (late != root.get()) {
                late.close();
              }
            },
            System::nanoTime);
    List<MountTable.Mount> mounts = mounts();
    looking.incrementAndGet();
    threads
        .newThread(
            () -> {
              look.run();
              root.release();
              looking.decrementAndGet();
            })
        .start();
    for (long waits = LOOK_AT_MOUNTS_NANOS; !look.await(waits); waits += LOOK_AT_MOUNTS_NANOS) {
      if (looking.get() < MOST_HANGING && !mounts.equals(mounts()) && look.giveUp()) {
        return true;
      }
    }
    settle(look);
    return true;
  }

  private void settle(Call<BackingRoot> look) {
    try {
      found.accept(look.result());
    } catch (AwayException e) {
      away(e.getMessage());
    } catch (Throwable e) {
      log.error("{} could not be looked at", place.path(), e);
      away("cannot be looked at: " + e);
    }
  }

  private void away(String reason) {
    if (gate.shut(reason)) {
      log.warn(
          "the shared storage {} {}; remote paths fail until it is back", place.path(), reason);
    }
  }

  /** The mounts on the way to the storage; asks no filesystem. */
  private List<MountTable.Mount> mounts() {
    try {
      return MountTable.read().mounts().stream()
          .filter(mount -> place.path().startsWith(mount.point()))
          .toList();
    } catch (IOException e) {
      log.debug("the table of mounts cannot be read", e);
      return List.of();
    }
  }
}
