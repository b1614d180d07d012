package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Takes dirty paths, and what others ask for, and has what differs from the index appended, batch
 * by batch. Of one thread.
 *
 * <p>A path stays dirty until what was captured is in the log and in the index. Drafts whose append
 * was not answered are offered again, the same, before anything else is captured.
 */
final class Capture {
  private static final int BATCH_EVENTS = 1000;
  private static final long BATCH_BYTES = 32L << 20;

  /** What hosts stage before they switch, and hold in memory. */
  private static final int SET_EVENTS = 20_000;

  private static final long SET_INLINE_BYTES = 48L << 20;
  private static final Duration SET_PATIENCE = Duration.ofSeconds(10);
  private static final Duration SET_PAUSE = Duration.ofMillis(10);

  /** How long a tree that was moved waits for what was changed before. */
  private static final Duration MOVE_PATIENCE = Duration.ofMillis(300);

  private final Disk disk;
  private final Journal journal;
  private final DirtySet dirty;
  private final InstantSource clock;
  private final Examiner examiner;
  private final Delivery delivery;
  private final DeleteGuard guard;
  private final Requests requests = new Requests();

  /**
   * @param guard is asked before deletes are told to the farm
   */
  Capture(
      Disk disk,
      Journal journal,
      DirtySet dirty,
      InstantSource clock,
      Examiner examiner,
      Delivery delivery,
      DeleteGuard guard) {
    this.disk = disk;
    this.journal = journal;
    this.dirty = dirty;
    this.clock = clock;
    this.examiner = examiner;
    this.delivery = delivery;
    this.guard = guard;
  }

  /** Is asked before deletes are told to the farm. */
  @FunctionalInterface
  interface DeleteGuard {
    /** Whether so many may be deleted, and as many made, in one batch; false keeps it waiting. */
    boolean admits(long deletes, long puts);
  }

  /**
   * Captures what is due, up to one batch.
   *
   * @return whether there was anything to do
   * @throws QueueException.Unreachable if it is to be called again when the queue is back; nothing
   *     is lost or done twice
   */
  boolean step(FarmLog log) throws QueueException {
    if (delivery.again(log)) {
      return true;
    }
    Optional<Requests.Request> request = requests.take();
    if (request.isPresent()) {
      if (request.get().ofDisk()) {
        captureSet(log, request.get());
      } else {
        serve(log, request.get());
      }
      return true;
    }
    Optional<UUID> move = dirty.dueMove(clock.instant(), MOVE_PATIENCE);
    if (move.isPresent()) {
      return captureMove(log, move.get());
    }
    Batch batch = batch(BATCH_EVENTS);
    boolean sent = examiner.takeBack(batch, path -> true);
    List<Mark> marks = dirty.take(BATCH_EVENTS, clock.instant());
    if (marks.isEmpty() && !sent) {
      return false;
    }
    for (Mark mark : marks) {
      if (batch.bytes > BATCH_BYTES || batch.plan.size() > 2 * BATCH_EVENTS) {
        dirty.putBack(mark, Instant.MIN);
      } else {
        examiner.examine(mark, batch);
      }
    }
    return send(log, batch);
  }

  /**
   * Has what is planned appended.
   *
   * @return false if it is kept waiting
   */
  private boolean send(FarmLog log, Batch batch) throws QueueException {
    if (!guard.admits(batch.plan.deletes(), batch.plan.puts())) {
      delivery.abandon(batch);
      return false;
    }
    try {
      delivery.upload(log, batch);
      batch.items = batch.plan.ordered();
      delivery.draft(log, batch);
    } catch (QueueException e) {
      delivery.abandon(batch);
      throw e;
    }
    batch.changeSet.ifPresent(dirty::letGo);
    delivery.offer(log, batch);
    return true;
  }

  private Batch batch(int limit) {
    return new Batch(limit, new Links(disk, journal));
  }

  /** Offers what somebody asks for; who waits is told, also of a failure. */
  private void serve(FarmLog log, Requests.Request request) throws QueueException {
    Batch batch = request.into(batch(request.offers().size()));
    try {
      delivery.draft(log, batch);
    } catch (QueueException e) {
      request.fail(e);
      throw e;
    }
    delivery.offer(log, batch);
  }

  /** Captures all that was held back for a change set, as one batch. */
  private void captureSet(FarmLog log, Requests.Request request) throws QueueException {
    UUID changeSet = request.changeSet().orElseThrow();
    Batch batch = batch(SET_EVENTS);
    batch.request = Optional.of(request);
    batch.changeSet = Optional.of(changeSet);
    collect(changeSet, batch, SET_PATIENCE);
    try {
      delivery.upload(log, batch);
      batch.items = batch.plan.ordered();
      if (isTooMuch(batch)) {
        dirty.letGo(changeSet);
        delivery.abandon(batch);
        request.fail(
            new QueueException.Refused(
                "more was changed than hosts can switch to at once: it is sent as ordinary"
                    + " changes"));
        return;
      }
      delivery.draft(log, batch);
    } catch (QueueException e) {
      delivery.abandon(batch);
      requests.putBack(request);
      throw e;
    }
    dirty.letGo(changeSet);
    delivery.offer(log, batch);
  }

  /**
   * Captures a tree that was moved, at its new place and at its old one, as one batch, which hosts
   * switch to in one sweep. What is too large for that is sent as ordinary changes are.
   *
   * @return false if it is kept waiting
   */
  private boolean captureMove(FarmLog log, UUID changeSet) throws QueueException {
    Batch batch = batch(SET_EVENTS);
    batch.changeSet = Optional.of(changeSet);
    batch.moved = true;
    collect(changeSet, batch, Duration.ZERO);
    batch.items = batch.plan.ordered();
    if (isTooMuch(batch)) {
      dirty.letGo(changeSet);
      examiner.release(batch);
      delivery.abandon(batch);
      return true;
    }
    return send(log, batch);
  }

  /**
   * A file that is still changing is waited for a while, then goes its own way; so does one that
   * was on its way aside when the change set came to it.
   */
  private void collect(UUID changeSet, Batch batch, Duration patience) {
    Predicate<String> ofSet = path -> dirty.holder(path).filter(changeSet::equals).isPresent();
    Instant end = clock.instant().plus(patience);
    while (batch.plan.size() <= SET_EVENTS && !batch.tooMuch) {
      boolean any = examiner.takeBack(batch, ofSet);
      List<Mark> marks = dirty.takeHeld(changeSet, clock.instant());
      for (Mark mark : marks) {
        examiner.examine(mark, batch);
      }
      boolean complete = !dirty.hasHeld(changeSet) && !examiner.hasAside(ofSet);
      boolean idle = marks.isEmpty() && !any;
      if (complete || (idle && !clock.instant().isBefore(end))) {
        return;
      }
      if (idle) {
        LockSupport.parkNanos(SET_PAUSE.toNanos());
      }
    }
  }

  private static boolean isTooMuch(Batch batch) {
    if (batch.tooMuch) {
      return true;
    }
    long inline = 0;
    for (Plan.Item item : batch.items) {
      boolean within =
          item.change() instanceof Change.PutFile file
              && file.content() instanceof Change.Content.Inline;
      inline += within ? ((Change.PutFile) item.change()).size() : 0;
    }
    return batch.items.size() > SET_EVENTS || inline > SET_INLINE_BYTES;
  }

  /** What others ask it to append. */
  Requests requests() {
    return requests;
  }

  /** What is under way is of a log that is no more: all of it is captured again. */
  void forget() {
    delivery.forget().flatMap(batch -> batch.request).ifPresent(Capture::failAsForgotten);
    for (Optional<Requests.Request> next = requests.take();
        next.isPresent();
        next = requests.take()) {
      failAsForgotten(next.get());
    }
  }

  private static void failAsForgotten(Requests.Request request) {
    request.fail(
        new QueueException.Refused(
            "the log was restored to an earlier state meanwhile: ask again"));
  }

  /** Whether drafts wait for their answer, or to be offered. Any thread may ask. */
  boolean isBusy() {
    return delivery.isUnderWay() || !requests.isEmpty();
  }
}
