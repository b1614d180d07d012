package io.trifold.farm;

import io.trifold.farm.Deletions.Deletion;
import io.trifold.queue.Call;
import io.trifold.queue.CallBoard;
import io.trifold.queue.QueueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what was deleted here to the other hosts that live, a moment's worth at a time, as a call
 * that every host knows. What they delete by it is no deletion of their own: it goes no further.
 */
final class DeletionSender implements AutoCloseable {
  /** No operator's call has a name that begins so. */
  static final String CALL = "trifold-delete";

  private static final Logger log = LoggerFactory.getLogger(DeletionSender.class);
  private static final long GATHER_MILLIS = 200;
  private static final long AGAIN_MILLIS = 2_000;
  private static final long STOP_MILLIS = 5_000;
  private static final int MOST_WAITING = 100_000;
  private static final Duration TIMEOUT = Duration.ofHours(1);

  private final FarmHost host;
  private final CallBoard board;
  private final Semaphore news = new Semaphore(0);
  private final Thread thread = new Thread(this::live, "trifold-deletions");

  /** Guards {@link #waiting} and {@link #dropped}. */
  private final Object lock = new Object();

  private Set<Deletion> waiting = new LinkedHashSet<>();
  private long dropped;
  private volatile boolean closing;
  private volatile String lastError = "";

  DeletionSender(FarmHost host, CallBoard board) {
    this.host = host;
    this.board = board;
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** Quick; of any thread. */
  void removed(String path, boolean directory) {
    synchronized (lock) {
      if (waiting.size() < MOST_WAITING) {
        waiting.add(new Deletion(path, directory));
      } else {
        dropped++;
      }
    }
    if (news.availablePermits() == 0) {
      news.release();
    }
  }

  /** What goes wrong; empty if nothing does. */
  String lastError() {
    synchronized (lock) {
      return dropped == 0
          ? lastError
          : dropped + " deletions were not sent, as too many waited " + lastError;
    }
  }

  @SuppressWarnings("CatchingUnchecked") // A thread that dies takes the cause to the status.
  private void live() {
    try {
      while (!closing) {
        news.acquire();
        Thread.sleep(GATHER_MILLIS);
        news.drainPermits();
        send();
      }
    } catch (InterruptedException e) {
      log.debug("closing", e);
    } catch (RuntimeException | Error e) {
      lastError = "deletions are not sent any more: " + e;
      log.error("deletions are not sent any more", e);
    }
  }

  private void send() throws InterruptedException {
    Set<Deletion> now;
    synchronized (lock) {
      now = waiting;
      waiting = new LinkedHashSet<>();
    }
    for (String batch : Deletions.write(now)) {
      // The same call again, so that it is one whatever became of the first try.
      UUID id = UUID.randomUUID();
      while (!trySend(id, batch)) {
        if (closing) {
          return;
        }
        Thread.sleep(AGAIN_MILLIS);
      }
    }
  }

  private boolean trySend(UUID id, String batch) {
    try {
      CallBoard.Terms terms = board.terms();
      List<String> others = new ArrayList<>(terms.live());
      others.remove(host.name());
      if (!others.isEmpty()) {
        board.submit(
            new Call(id, CALL, host.name(), 0, terms.now(), TIMEOUT, Map.of(), batch, others));
      }
      lastError = "";
      return true;
    } catch (QueueException.Unreachable e) {
      lastError = "deletions wait: " + e.getMessage();
      return false;
    } catch (QueueException e) {
      lastError = "deletions were not sent: " + e.getMessage();
      log.error("{}", lastError);
      return true;
    }
  }

  /** What was deleted last is still sent, if the database answers. */
  @Override
  public void close() {
    closing = true;
    try {
      thread.interrupt();
      thread.join(STOP_MILLIS);
      send();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
