package io.trifold.shared;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one door to the shared storage: all that may keep a caller waiting there passes it. A call is
 * made on another thread; who waits for it longer than its limit gets {@code ETIMEDOUT}, and the
 * thread is left alone with it. While the storage is away, as the last calls took too long or a
 * look at it failed, calls end at once with {@code EIO}, as on a disk that was pulled out. Never
 * called with a lock held that others need.
 *
 * <p>A call within a call is a step of it: it is made on the same thread, has the limit for itself,
 * and is not made any more once nobody waits for the whole.
 */
public final class SharedRoot implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SharedRoot.class);
  private static final int PLACES = 64;
  private static final long KEEP_ALIVE_SECONDS = 30;

  /** What is done below the storage's root. */
  @FunctionalInterface
  public interface Action<T> {
    T on(BackingRoot root) throws ErrnoException;
  }

  /** What a thread of the door is at. */
  private record Inside(Call<?> call, BackingRoot root) {}

  private static final ThreadLocal<Inside> INSIDE = new ThreadLocal<>();

  private final SharedPlace place;
  private final Gate gate;
  private final Probe probe;
  private final ThreadFactory threads = threads();
  private final ExecutorService callers =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          KEEP_ALIVE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          threads);

  private final Set<Call<?>> awaited = ConcurrentHashMap.newKeySet();
  private final Queue<GivenBack> left = new ConcurrentLinkedQueue<>();
  private volatile Held<BackingRoot> held;
  private volatile boolean closed;

  SharedRoot(SharedPlace place, BackingRoot root, Probe.Pace pace) {
    this.place = place;
    this.held = new Held<>(root, BackingRoot::close);
    this.gate = new Gate(PLACES, System::nanoTime, InstantSource.system());
    this.probe = new Probe(place, gate, pace, this::hold, this::found, threads);
  }

  /**
   * Opens the storage and keeps an eye on it from then on.
   *
   * @param patience how long that may take
   */
  public static SharedRoot open(SharedPlace place, Duration patience) throws AwayException {
    return open(place, patience, Probe.Pace.USUAL);
  }

  static SharedRoot open(SharedPlace place, Duration patience, Probe.Pace pace)
      throws AwayException {
    Call<BackingRoot> opening = new Call<>(place::open, BackingRoot::close, System::nanoTime);
    threads().newThread(opening::run).start();
    try {
      if (!opening.await(patience.toNanos()) && opening.giveUp()) {
        throw new AwayException("does not answer");
      }
      SharedRoot opened = new SharedRoot(place, opening.result(), pace);
      opened.probe.start();
      return opened;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AwayException("interrupted", e);
    } catch (AwayException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AwayException(e.getMessage(), e);
    }
  }

  private static ThreadFactory threads() {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "shared-" + number.incrementAndGet());
      // It may never come back, and must not keep the process alive.
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Makes a call.
   *
   * @param limit how long to wait for a place, and how long for the call
   * @param discard undoes what a result that comes too late would hold
   * @throws ErrnoException what the call threw; {@code ETIMEDOUT} after the limit; {@code EIO}
   *     while the storage is away
   */
  public <T> T call(Duration limit, Action<T> action, Consumer<? super T> discard)
      throws ErrnoException {
    Inside outer = INSIDE.get();
    if (outer != null) {
      return step(outer, action);
    }
    try {
      gate.enter(System.nanoTime() + limit.toNanos());
      return make(limit.toNanos(), action, discard);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ErrnoException(Errno.EINTR, "the shared storage");
    }
  }

  private static <T> T step(Inside outer, Action<T> action) throws ErrnoException {
    outer.call().requireWanted();
    outer.call().step();
    try {
      return action.on(outer.root());
    } finally {
      outer.call().step();
    }
  }

  private <T> T make(long limit, Action<T> action, Consumer<? super T> discard)
      throws ErrnoException, InterruptedException {
    Held<BackingRoot> root = hold();
    if (root == null) {
      gate.answered();
      throw new ErrnoException(Errno.EIO, "the shared storage, as the mount has ended");
    }
    Call<T> call = new Call<>(() -> action.on(root.get()), discard, System::nanoTime);
    long began = System.nanoTime();
    boolean late = false;
    boolean ended;
    awaited.add(call);
    try {
      start(call, root);
      late = !call.await(limit) && !call.isCancelled();
    } finally {
      awaited.remove(call);
      ended = leave(call, began, late);
    }
    if (!ended) {
      throw new ErrnoException(late ? Errno.ETIMEDOUT : Errno.EIO, "the shared storage");
    }
    return resultOf(call);
  }

  private void start(Call<?> call, Held<BackingRoot> root) throws ErrnoException {
    try {
      callers.execute(() -> run(call, root));
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      gate.cameBack();
      root.release();
      throw new ErrnoException(Errno.EAGAIN, "no thread for the shared storage");
    }
  }

  private void run(Call<?> call, Held<BackingRoot> root) {
    INSIDE.set(new Inside(call, root.get()));
    boolean inTime = false;
    try {
      inTime = call.run();
    } finally {
      if (!inTime) {
        gate.cameBack();
      }
      INSIDE.remove();
      root.release();
    }
  }

  /** Waits for the call no longer; whether it has ended. */
  private boolean leave(Call<?> call, long began, boolean late) {
    if (!call.giveUp()) {
      gate.answered();
      return true;
    }
    if (gate.gaveUp(began, late)) {
      log.warn(
          "the shared storage {} does not answer: remote paths fail until it does", place.path());
    }
    return false;
  }

  private static <T> T resultOf(Call<T> call) throws ErrnoException {
    try {
      return call.result();
    } catch (ErrnoException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Gives something back that a call got. It is done in any case: in time, or by the call when it
   * comes back, or when the storage is reachable again.
   *
   * @param limit how long to wait for it
   */
  public void giveBack(Duration limit, Runnable action) {
    if (INSIDE.get() != null) {
      action.run();
      return;
    }
    GivenBack once = new GivenBack(action);
    try {
      call(
          limit,
          root -> {
            once.run();
            return null;
          },
          nothing -> {});
    } catch (ErrnoException e) {
      left.add(once);
    }
  }

  private void giveBackWhatIsLeft() {
    for (GivenBack next = left.poll(); next != null; next = left.poll()) {
      next.run();
    }
  }

  /**
   * A use of the root, for the caller to release; {@code null} once this is closed. Who reads a
   * root that is replaced just then finds the new one.
   */
  private Held<BackingRoot> hold() {
    while (!closed) {
      Held<BackingRoot> root = held;
      if (root.acquire()) {
        return root;
      }
    }
    return null;
  }

  private void found(BackingRoot root) {
    Held<BackingRoot> old = held;
    if (closed) {
      if (old.get() != root) {
        root.close();
      }
      return;
    }
    if (old.get() != root) {
      held = new Held<>(root, BackingRoot::close);
      old.release();
      log.info("the shared storage {} was mounted anew", place.path());
    }
    if (gate.open()) {
      log.info("the shared storage {} is reachable again", place.path());
    }
    if (!left.isEmpty()) {
      callers.execute(this::giveBackWhatIsLeft);
    }
  }

  /** How it does; never waits. */
  public StorageHealth health() {
    return gate.health();
  }

  /**
   * The mount is about to end: nobody waits any longer than this, for calls under way or new ones.
   */
  public void endWithin(Duration grace) {
    threads.newThread(() -> endAfter(grace)).start();
  }

  private void endAfter(Duration grace) {
    try {
      Thread.sleep(grace.toMillis());
    } catch (InterruptedException e) {
      log.debug("ending at once", e);
    }
    probe.stop();
    gate.shut("is given up, as the mount ends");
    awaited.forEach(Call::cancel);
  }

  /** Makes no more calls; those under way are not waited for. */
  @Override
  public void close() {
    probe.stop();
    gate.shut("is given up, as the mount has ended");
    awaited.forEach(Call::cancel);
    closed = true;
    callers.shutdown();
    threads.newThread(this::giveBackWhatIsLeft).start();
    held.release();
  }
}
