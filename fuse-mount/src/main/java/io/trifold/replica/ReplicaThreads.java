package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.QueueException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads of a replica. One that ends with a failure stops the others, and says why. */
final class ReplicaThreads {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaThreads.class);
  private static final long STOP_MILLIS = 10_000;

  private final Consumer<String> stop;
  private final List<Thread> threads = new ArrayList<>();

  /**
   * @param stop is told why a thread has ended
   */
  ReplicaThreads(Consumer<String> stop) {
    this.stop = stop;
  }

  /** What a thread does. */
  @FunctionalInterface
  interface Body {
    void run() throws QueueException, ErrnoException, InterruptedException;
  }

  void begin(String name, Body body) {
    Thread thread = new Thread(() -> live(name, body), "trifold-" + name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  @SuppressWarnings("CatchingUnchecked") // Whatever ends a thread is to be seen in the status.
  private void live(String name, Body body) {
    try {
      body.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop.accept("the " + name + " thread was interrupted");
    } catch (QueueException | ErrnoException | JournalException e) {
      LOG.debug("the {} thread ends", name, e);
      stop.accept(e.getMessage());
    } catch (RuntimeException | Error e) {
      LOG.error("the {} thread died", name, e);
      stop.accept("the " + name + " thread died: " + e);
    }
  }

  /** Waits for those with these names, each for a while. */
  void join(String... names) throws InterruptedException {
    List<String> joined = List.of(names);
    for (Thread thread : threads) {
      if (joined.contains(thread.getName().substring("trifold-".length()))) {
        thread.join(STOP_MILLIS);
        if (thread.isAlive()) {
          LOG.warn("the thread {} does not end", thread.getName());
        }
      }
    }
  }
}
