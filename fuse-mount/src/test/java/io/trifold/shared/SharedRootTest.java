package io.trifold.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedRootTest {
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir private Path directory;
  private final CountDownLatch hang = new CountDownLatch(1);
  private final List<String> discarded = new CopyOnWriteArrayList<>();
  private Place place;
  private SharedRoot shared;

  /** A directory that can be away, or another one. */
  private static final class Place implements SharedPlace {
    final Path path;
    volatile String away;
    volatile boolean anew;

    Place(Path path) {
      this.path = path;
    }

    @Override
    public Path path() {
      return path;
    }

    @Override
    public BackingRoot open() throws AwayException {
      try {
        return BackingRoot.open(path.toString());
      } catch (ErrnoException e) {
        throw new AwayException(e.getMessage(), e);
      }
    }

    @Override
    public BackingRoot look(BackingRoot held) throws AwayException {
      if (away != null) {
        throw new AwayException(away);
      }
      if (anew) {
        anew = false;
        return open();
      }
      return held;
    }
  }

  @BeforeEach
  void open() throws Exception {
    place = new Place(directory);
    Probe.Pace pace = new Probe.Pace(SHORT, SHORT, SHORT);
    shared = SharedRoot.open(place, LONG, pace);
  }

  @AfterEach
  void close() {
    hang.countDown();
    shared.close();
  }

  private String hangs(BackingRoot root) {
    try {
      hang.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return "late";
  }

  private int failure(Duration limit, SharedRoot.Action<String> action) {
    return catchThrowableOfType(
            ErrnoException.class, () -> shared.call(limit, action, discarded::add))
        .errno();
  }

  private static void eventually(Callable<Boolean> holds) throws Exception {
    long end = System.nanoTime() + LONG.toNanos();
    while (!holds.call()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(5);
    }
  }

  private boolean reachable() {
    return shared.health().reachable();
  }

  @Test
  void bringsResultsAndFailures() throws Exception {
    assertThat(shared.<String>call(LONG, root -> "result", discarded::add)).isEqualTo("result");
    assertThat(
            failure(
                LONG,
                root -> {
                  throw new ErrnoException(Errno.ENOENT, "x");
                }))
        .isEqualTo(Errno.ENOENT);
    assertThatThrownBy(
            () ->
                shared.<String>call(
                    LONG,
                    root -> {
                      throw new IllegalArgumentException("x");
                    },
                    discarded::add))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(discarded).isEmpty();
    assertThat(reachable()).isTrue();
  }

  @Test
  void aCallThatTakesTooLongFailsTheNextFailAtOnceUntilALookSucceeds() throws Exception {
    place.away = "hangs";
    eventually(() -> !reachable());
    place.away = null;
    eventually(this::reachable);
    place.away = "still hangs";
    // Between two looks, or after one: then the call is not even made.
    assertThat(failure(SHORT, this::hangs)).isIn(Errno.ETIMEDOUT, Errno.EIO);
    eventually(() -> !reachable());
    assertThat(failure(LONG, this::hangs)).isEqualTo(Errno.EIO);

    place.away = null;

    eventually(this::reachable);
    assertThat(shared.<String>call(LONG, root -> "again", discarded::add)).isEqualTo("again");
  }

  @Test
  void discardsWhatComesTooLate() throws Exception {
    assertThat(failure(SHORT, this::hangs)).isEqualTo(Errno.ETIMEDOUT);
    assertThat(discarded).isEmpty();
    assertThat(shared.health().timedOut()).isEqualTo(1);

    hang.countDown();

    eventually(() -> discarded.equals(List.of("late")));
    eventually(() -> shared.health().hanging() == 0);
  }

  @Test
  void aCallOfManyStepsHasTheLimitForEach() throws Exception {
    Duration limit = Duration.ofMillis(500);
    String result =
        shared.call(
            limit,
            root -> {
              for (int i = 0; i < 8; i++) {
                shared.call(limit, inner -> sleep(100), discarded::add);
              }
              return "done";
            },
            discarded::add);

    assertThat(result).isEqualTo("done");
  }

  private static String sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return "";
  }

  @Test
  void aCallThatWasGivenUpEndsWithItsNextStep() throws Exception {
    BlockingQueue<String> done = new LinkedBlockingQueue<>();
    SharedRoot.Action<String> steps =
        root -> {
          hangs(root);
          try {
            return shared.call(
                LONG,
                inner -> {
                  done.add("next step");
                  return "";
                },
                discarded::add);
          } catch (ErrnoException e) {
            done.add("refused");
            throw e;
          }
        };
    assertThat(failure(SHORT, steps)).isEqualTo(Errno.ETIMEDOUT);

    hang.countDown();

    assertThat(done.poll(1, TimeUnit.MINUTES)).isEqualTo("refused");
    assertThat(discarded).isEmpty();
  }

  @Test
  void goesOnBelowARootThatWasMountedAnewAndClosesTheOldOneAfterItsLastCall() throws Exception {
    CompletableFuture<Integer> old = new CompletableFuture<>();
    CompletableFuture<String> underWay =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return shared.call(
                    LONG,
                    root -> {
                      old.complete(root.fd());
                      return hangs(root);
                    },
                    discarded::add);
              } catch (ErrnoException e) {
                throw new IllegalStateException(e);
              }
            });
    int fd = old.get(1, TimeUnit.MINUTES);
    place.anew = true;
    eventually(() -> shared.<Integer>call(LONG, BackingRoot::fd, late -> {}) != fd);
    assertThat(Posix.stat(fd).isDirectory()).isTrue();

    hang.countDown();

    assertThat(underWay.get(1, TimeUnit.MINUTES)).isEqualTo("late");
    eventually(() -> !Files.exists(Path.of("/proc/self/fd/" + fd)));
  }

  @Test
  void givesBackLaterWhatItCannotGiveBackNow() throws Exception {
    BlockingQueue<String> given = new LinkedBlockingQueue<>();
    place.away = "gone";
    eventually(() -> !reachable());

    shared.giveBack(LONG, () -> given.add("back"));
    assertThat(given).isEmpty();
    place.away = null;

    assertThat(given.poll(1, TimeUnit.MINUTES)).isEqualTo("back");
  }

  @Test
  void nobodyWaitsWhenTheMountEnds() throws Exception {
    CompletableFuture<Integer> waiting =
        CompletableFuture.supplyAsync(() -> failure(LONG, this::hangs));
    eventually(() -> shared.health().underWay() == 1);

    shared.endWithin(SHORT);

    assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo(Errno.EIO);
  }

  @Test
  void isNotOpenedWhenThatHangs() {
    SharedPlace hanging =
        new SharedPlace() {
          @Override
          public Path path() {
            return directory;
          }

          @Override
          public BackingRoot open() throws AwayException {
            hangs(null);
            return place.open();
          }

          @Override
          public BackingRoot look(BackingRoot held) {
            return held;
          }
        };

    assertThatThrownBy(() -> SharedRoot.open(hanging, SHORT))
        .isInstanceOf(AwayException.class)
        .hasMessage("does not answer");
  }

  /** Also one that is just about to look at the storage. */
  @Test
  void itsThreadsEndWithIt() throws Exception {
    for (int i = 0; i < 200; i++) {
      SharedRoot another =
          SharedRoot.open(
              place, LONG, new Probe.Pace(Duration.ofNanos(1), Duration.ofNanos(1), SHORT));
      if (i % 2 == 0) {
        another.endWithin(Duration.ZERO);
      }
      another.close();
    }
    shared.close();

    eventually(() -> threads() == 0);
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("shared-"))
        .count();
  }
}
