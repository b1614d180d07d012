package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The thread that sends what was changed on this host: first it looks for what was changed while
 * nobody told, then it sends what is marked, over and over. It begins when the log has been read to
 * its end once.
 */
final class CaptureLoop {
  private static final long TOGETHER_NANOS = 300_000;
  private static final long IDLE_MILLIS = 5_000;
  private static final long WAITING_MILLIS = 100;

  private final Capture capture;
  private final Scan scan;
  private final LogSession session;
  private final Hold hold;
  private final Signals signals;
  private final Progress progress;
  private final DirtySet dirty;
  private final Supplier<Reconciliation> reconciliations;
  private final BooleanSupplier goesOn;

  /** Held by who captures, and by who changes what capture goes by. */
  private final ReentrantLock capturing = new ReentrantLock();

  private volatile boolean caughtUp;
  private volatile boolean scanned;

  CaptureLoop(
      Capture capture,
      Scan scan,
      LogSession session,
      Hold hold,
      Signals signals,
      Progress progress,
      DirtySet dirty,
      Supplier<Reconciliation> reconciliations,
      BooleanSupplier goesOn) {
    this.capture = capture;
    this.scan = scan;
    this.session = session;
    this.hold = hold;
    this.signals = signals;
    this.progress = progress;
    this.dirty = dirty;
    this.reconciliations = reconciliations;
    this.goesOn = goesOn;
  }

  void run() throws QueueException, ErrnoException, InterruptedException {
    while (goesOn.getAsBoolean() && !caughtUp) {
      signals.capture.await(IDLE_MILLIS);
    }
    hold.await(signals.capture, goesOn);
    if (goesOn.getAsBoolean()) {
      Scan.Missing missing = scan.run();
      if (hold.admits(missing)) {
        scan.believe(missing);
      }
      scanned = true;
      progress.made();
    }
    Backoff backoff = new Backoff();
    while (goesOn.getAsBoolean()) {
      hold.await(signals.capture, goesOn);
      FarmLog current = session.log();
      if (current == null || session.isRestarted() || (dirty.isEmpty() && !capture.isBusy())) {
        signals.capture.await(IDLE_MILLIS);
        continue;
      }
      try {
        // What is changed together arrives together, where nobody waits for it. More comes together
        // by itself while the batch before is under way.
        if (!dirty.isHurried()) {
          LockSupport.parkNanos(TOGETHER_NANOS);
        }
        if (captures(current)) {
          session.back();
          signals.apply.raise();
          progress.made();
        } else {
          signals.capture.await(WAITING_MILLIS);
        }
        backoff.reset();
      } catch (QueueException.Rewound e) {
        session.rewound(e);
      } catch (QueueException.Unreachable e) {
        session.away(e);
        signals.capture.await(backoff.nextMillis());
      }
    }
  }

  private boolean captures(FarmLog current) throws QueueException {
    capturing.lock();
    try {
      return !session.isRestarted() && session.log() == current && capture.step(current);
    } finally {
      capturing.unlock();
    }
  }

  /** Whether it waits for the log to be read to its end. */
  boolean awaitsCatchUp() {
    return !caughtUp;
  }

  /** The log has been read to its end, or as far as it can be trusted. */
  void caughtUp() {
    if (!caughtUp) {
      caughtUp = true;
      signals.capture.raise();
    }
  }

  /** Whether what was changed while nobody told is marked. */
  boolean isScanned() {
    return scanned;
  }

  /** Compares with a log that has lost events. Nothing is captured meanwhile. */
  void reconcile(FarmLog current, Applier applier) throws QueueException, ErrnoException {
    capturing.lock();
    try {
      capture.forget();
      applier.stand(reconciliations.get().run(current));
      session.reconciled();
    } finally {
      capturing.unlock();
    }
    signals.capture.raise();
  }

  /** Gives a session up, so that apply opens another, by the keys that are in their file then. */
  void renew(FarmLog current) {
    capturing.lock();
    try {
      session.release();
    } finally {
      capturing.unlock();
    }
    current.close();
  }
}
