package io.trifold.farm;

import io.trifold.queue.PrimaryLease;
import io.trifold.queue.QueueException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this host is the farm's primary.
 *
 * <p>The lease lasts {@link PrimaryLease#LENGTH} from when the database grants it. This host counts
 * from before it asked, and to less: it believes itself the primary for {@link #BELIEF} after that.
 * What it runs as such is begun while it does, and is killed at the latest {@link #PATIENCE} after
 * that, or after an answer that came within {@link #QUICK}. So all that is over before another host
 * can have the lease, whatever became of this one: {@code BELIEF + PATIENCE < LENGTH}, and {@code
 * QUICK + PATIENCE} too.
 */
final class Primary implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Primary.class);
  private static final Duration BELIEF = Duration.ofSeconds(9);
  private static final Duration QUICK = Duration.ofSeconds(3);

  /** For how long what runs as the primary lives after a renewal. */
  static final Duration PATIENCE = Duration.ofSeconds(9);

  private static final long LOOK_MILLIS = 3_000;

  /** How often it looks who is, where it only shows that. */
  private static final long REST_MILLIS = 10_000;

  private static final long LAST_WORDS_MILLIS = 5_000;

  /** Which part a host takes, as its settings say. */
  enum Part {
    APPOINTED,
    CANDIDATE,
    NEVER;

    static Part ofMode(String mode) {
      return switch (mode) {
        case "primary" -> APPOINTED;
        case "replica" -> NEVER;
        default -> CANDIDATE;
      };
    }
  }

  private record Held(long term, long untilNanos) {}

  private final String host;
  private final UUID session;
  private final Part part;
  private final PrimaryLease lease;
  private final Set<Leash> leashes = ConcurrentHashMap.newKeySet();
  private final Semaphore closing = new Semaphore(0);
  private final Thread thread = new Thread(this::live, "trifold-primary");
  private volatile Optional<Held> held = Optional.empty();
  private volatile Optional<PrimaryLease.Holder> seen = Optional.empty();
  private volatile String lastError = "";

  Primary(String host, UUID session, Part part, PrimaryLease lease) {
    this.host = host;
    this.session = session;
    this.part = part;
    this.lease = lease;
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** The term, if this host is the primary now. */
  Optional<Long> term() {
    return held.filter(h -> System.nanoTime() - h.untilNanos() < 0).map(Held::term);
  }

  /** Who was the primary when this host looked last. */
  Optional<PrimaryLease.Holder> holder() {
    return seen;
  }

  /** For the status. */
  String describe() {
    Optional<Long> term = term();
    if (term.isPresent()) {
      return "this host, term " + term.get();
    }
    String who =
        seen.map(h -> h.host() + ", term " + h.term() + (h.live() ? "" : ", gone")).orElse("none");
    return lastError.isEmpty() ? who : who + ", as last seen: " + lastError;
  }

  /** What is to live only as long as this host is the primary in this term. */
  void attach(Leash leash, long term) {
    leashes.add(leash);
    if (!term().equals(Optional.of(term))) {
      leash.kill("this host is no longer the primary");
    }
  }

  void detach(Leash leash) {
    leashes.remove(leash);
  }

  @SuppressWarnings("CatchingUnchecked") // A thread that dies takes the cause to the status.
  private void live() {
    try {
      do {
        try {
          look();
          lastError = "";
        } catch (QueueException e) {
          lastError = e.getMessage();
          log.debug("the lease cannot be asked for", e);
        }
        if (term().isEmpty()) {
          lost();
        }
      } while (!closing.tryAcquire(
          part == Part.NEVER ? REST_MILLIS : LOOK_MILLIS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      log.debug("closing", e);
    } catch (RuntimeException | Error e) {
      held = Optional.empty();
      lastError = "this host cannot be the primary any more: " + e;
      log.error("this host cannot be the primary any more", e);
    }
  }

  private void look() throws QueueException {
    if (part != Part.NEVER) {
      long asked = System.nanoTime();
      Optional<Long> term = lease.hold(host, session, part == Part.APPOINTED);
      if (term.isEmpty()) {
        lost();
      } else if (System.nanoTime() - asked < QUICK.toNanos()) {
        renewed(term.get(), asked);
      }
    }
    seen = lease.holder();
  }

  private void renewed(long term, long asked) {
    Optional<Long> before = held.map(Held::term);
    if (!before.equals(Optional.of(term))) {
      lost();
      log.info("this host is the primary, in term {}", term);
    }
    held = Optional.of(new Held(term, asked + BELIEF.toNanos()));
    leashes.forEach(Leash::renew);
  }

  private void lost() {
    if (held.isPresent()) {
      log.warn("this host is not the primary any more");
      held = Optional.empty();
    }
    leashes.forEach(leash -> leash.kill("this host is no longer the primary"));
  }

  /** Gives the lease back at once, after what runs by it was ended. */
  @Override
  public void close() {
    closing.release();
    try {
      thread.join(LAST_WORDS_MILLIS);
      boolean was = held.isPresent();
      lost();
      if (was) {
        lease.release(session);
      }
    } catch (QueueException e) {
      log.info("the primary's lease runs out by itself: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
