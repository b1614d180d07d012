package io.trifold.replica;

import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import java.util.function.BooleanSupplier;

/** The thread that tells the farm that the host lives, and how far it is: others wait for that. */
final class LeaseLoop {
  private static final long LEASE_MILLIS = 4_000;

  /** How long a word on how far this host is stands: near the log's end others may wait for it. */
  private static final long NEAR_MILLIS = 3;

  private static final long FAR_MILLIS = 100;

  private final LogSession session;
  private final Applier applier;
  private final Signal signal;
  private final Tally tally;
  private final BooleanSupplier goesOn;

  LeaseLoop(
      LogSession session, Applier applier, Signal signal, Tally tally, BooleanSupplier goesOn) {
    this.session = session;
    this.applier = applier;
    this.signal = signal;
    this.tally = tally;
    this.goesOn = goesOn;
  }

  void run() throws QueueException, InterruptedException {
    Acknowledgement told = Acknowledgement.NONE;
    long beaten = System.nanoTime() - LEASE_MILLIS * 1_000_000;
    while (goesOn.getAsBoolean()) {
      signal.await(LEASE_MILLIS);
      FarmLog current = session.log();
      Acknowledgement now = Acknowledgement.of(applier.standing().position(), applier.reached());
      boolean due = System.nanoTime() - beaten >= LEASE_MILLIS * 1_000_000;
      if (current == null || !goesOn.getAsBoolean() || (now.equals(told) && !due)) {
        continue;
      }
      try {
        current.acknowledge(now.position(), now.applied(), now.parked());
        told = now;
        beaten = System.nanoTime();
        Thread.sleep(now.applied() < tally.head() ? FAR_MILLIS : NEAR_MILLIS);
      } catch (QueueException.Rewound e) {
        session.rewound(e);
      } catch (QueueException.Unreachable e) {
        session.away(e);
      }
    }
  }
}
