package io.trifold.replica;

import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import java.util.function.BooleanSupplier;

/** A thread that carries large files, so that small changes need not wait for them. */
final class AsideLoop {
  private static final long IDLE_MILLIS = 5_000;
  private static final long PAUSE_MILLIS = 100;

  private final LogSession session;
  private final Hold hold;
  private final BooleanSupplier goesOn;

  AsideLoop(LogSession session, Hold hold, BooleanSupplier goesOn) {
    this.session = session;
    this.hold = hold;
    this.goesOn = goesOn;
  }

  /** What is to be carried. */
  interface Load {
    /** Waits for something to carry, at most so long; whether there is something. */
    boolean await(long millis) throws InterruptedException;

    /** Carries one file, or goes on with it. */
    void step(FarmLog log, BooleanSupplier goesOn) throws QueueException;
  }

  /**
   * Carries what there is.
   *
   * @param done is raised after each step
   */
  void run(Load load, Signal done) throws QueueException, InterruptedException {
    Backoff backoff = new Backoff();
    while (goesOn.getAsBoolean()) {
      FarmLog current = session.log();
      if (!load.await(IDLE_MILLIS)) {
        continue;
      }
      try {
        if (current == null || session.isRestarted() || hold.isHeld()) {
          Thread.sleep(PAUSE_MILLIS);
        } else {
          load.step(current, goesOn);
          backoff.reset();
          done.raise();
        }
      } catch (QueueException.Rewound e) {
        session.rewound(e);
        Thread.sleep(backoff.nextMillis());
      } catch (QueueException.Unreachable e) {
        session.away(e);
        Thread.sleep(backoff.nextMillis());
      }
    }
  }
}
