package io.trifold.farm;

import io.trifold.queue.Call;
import io.trifold.queue.CallBoard;
import io.trifold.queue.CallResult;
import io.trifold.queue.CallState;
import io.trifold.queue.QueueException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs on this host the calls that are put up for it, and tells the farm how they end. One thread
 * looks and decides; each call runs on one of its own, and those of one name one after another.
 *
 * <p>The order of the steps is what makes a result the only one: the farm is told of the beginning,
 * then the ledger, then it runs, then the ledger is told of the end, then the farm. A process that
 * dies between the first two and the last leaves a call that the next one reports: as the ledger
 * has it, or as unknown.
 */
final class CallRunner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CallRunner.class);
  private static final int AT_ONCE = 8;
  private static final long LOOK_MILLIS = 5_000;
  private static final long WAIT_MILLIS = 50;
  private static final long LAST_WORDS_SECONDS = 10;
  private static final Duration KEEP = Duration.ofDays(30);

  /** How much a host's clock may differ from the database's. */
  private static final Duration SKEW = Duration.ofDays(1);

  private final FarmHost host;
  private final CallBoard board;
  private final CallLedger ledger;
  private final Map<String, CallDeclaration> declared;
  private final CallActions actions;
  private final UUID runner = UUID.randomUUID();
  private final ExecutorService programs =
      new ThreadPoolExecutor(
          0,
          AT_ONCE,
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          DaemonThreads.named("trifold-call"));
  private final Semaphore places = new Semaphore(AT_ONCE);
  private final Semaphore news = new Semaphore(0);
  private final Thread thread = new Thread(this::live, "trifold-calls");

  /** Those that wait here, in order; of the one thread. */
  private final Map<UUID, Call> waiting = new LinkedHashMap<>();

  /** Those of them that may have begun as far as the farm knows: its answer was lost. */
  private final Set<UUID> tried = new HashSet<>();

  /** The names of those that run. */
  private final Set<String> running = ConcurrentHashMap.newKeySet();

  /** Results that the farm has not got yet. */
  private final Map<UUID, CallResult> untold = new ConcurrentHashMap<>();

  private volatile boolean closing;
  private volatile String lastError = "";
  private boolean settledPast;
  private long settledNanos = System.nanoTime();

  CallRunner(
      FarmHost host,
      CallBoard board,
      CallLedger ledger,
      Map<String, CallDeclaration> declared,
      CallActions actions) {
    this.host = host;
    this.board = board;
    this.ledger = ledger;
    this.declared = declared;
    this.actions = actions;
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** There may be something new. Quick; of any thread. */
  void wake() {
    if (news.availablePermits() == 0) {
      news.release();
    }
  }

  /** What went wrong last; empty if nothing does. */
  String lastError() {
    return lastError;
  }

  @SuppressWarnings("CatchingUnchecked") // A thread that dies takes the cause to the status.
  private void live() {
    try {
      while (!closing) {
        long pause = look() ? WAIT_MILLIS : LOOK_MILLIS;
        var unused = news.tryAcquire(pause, TimeUnit.MILLISECONDS);
        news.drainPermits();
      }
    } catch (InterruptedException e) {
      log.debug("closing", e);
    } catch (IOException | RuntimeException | Error e) {
      lastError = "calls are not run any more: " + e;
      log.error("calls are not run any more", e);
    }
  }

  /** Whether something waits for what nobody will tell of. */
  private boolean look() throws IOException, InterruptedException {
    try {
      if (!settledPast) {
        settlePast();
        settledPast = true;
      }
      tell();
      if (System.nanoTime() - settledNanos > TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS) / 2) {
        board.settle(KEEP);
        settledNanos = System.nanoTime();
      }
      receive();
      beginWhatCan();
      lastError = "";
    } catch (QueueException.Unreachable e) {
      lastError = e.getMessage();
      log.debug("calls wait for the database", e);
    } catch (QueueException e) {
      if (!e.getMessage().equals(lastError)) {
        log.error("calls are not run: {}", e.getMessage());
      }
      lastError = e.getMessage();
    }
    return !waiting.isEmpty();
  }

  /** What an earlier process of this host began. */
  private void settlePast() throws QueueException, IOException {
    List<UUID> abandoned = board.abandoned(host.name(), runner);
    Map<UUID, CallResult> results =
        abandoned.isEmpty() ? Map.of() : ledger.results(Set.copyOf(abandoned));
    CallResult unknown =
        CallResult.without(CallState.UNKNOWN, "this host's daemon died before it had ended");
    for (UUID call : abandoned) {
      board.end(call, host.name(), results.getOrDefault(call, unknown));
    }
  }

  private void tell() throws QueueException {
    for (Map.Entry<UUID, CallResult> result : Map.copyOf(untold).entrySet()) {
      board.end(result.getKey(), host.name(), result.getValue());
      untold.remove(result.getKey());
    }
  }

  private void receive() throws QueueException, IOException {
    Set<UUID> seen = new HashSet<>();
    for (CallBoard.Received received : board.waiting(host.name())) {
      seen.add(received.id());
      Optional<String> objection = objection(received);
      if (objection.isPresent()) {
        log.warn("call {} is refused: {}", received.id(), objection.get());
        board.end(
            received.id(), host.name(), CallResult.without(CallState.FAILED, objection.get()));
      } else {
        waiting.putIfAbsent(received.id(), received.call().orElseThrow());
      }
    }
    waiting.keySet().removeIf(id -> !seen.contains(id) && !tried.contains(id));
  }

  private Optional<String> objection(CallBoard.Received received) {
    if (received.call().isEmpty()) {
      return Optional.of(received.objection());
    }
    Call call = received.call().get();
    if (ledger.knows(call.id())) {
      return Optional.of("it has been run on this host before");
    }
    if (goodUntil(call).isBefore(Instant.now())) {
      return Optional.of("it was over at " + call.issued().plus(call.timeout()));
    }
    CallDeclaration declaration = declared.get(call.name());
    if (declaration == null) {
      return Optional.of("this host's settings have no [calls." + call.name() + "]");
    }
    return declaration.objection(call.arguments(), call.data());
  }

  /** After that no host runs it any more, whatever the clocks say. */
  private static Instant goodUntil(Call call) {
    return call.issued().plus(call.timeout()).plus(SKEW);
  }

  private void beginWhatCan() throws QueueException, IOException {
    Set<String> held = new HashSet<>(running);
    for (Call call : List.copyOf(waiting.values())) {
      // One behind another of its name waits for it, whatever that waits for.
      if (!held.add(call.name()) || host.position() < call.after() || !places.tryAcquire()) {
        continue;
      }
      boolean begun = false;
      try {
        begun = begin(call);
      } finally {
        if (!begun) {
          places.release();
        }
      }
    }
  }

  private boolean begin(Call call) throws QueueException, IOException {
    tried.add(call.id());
    boolean ours = board.begin(call.id(), host.name(), runner);
    tried.remove(call.id());
    waiting.remove(call.id());
    if (!ours) {
      return false;
    }
    ledger.began(call.id(), goodUntil(call), Instant.now());
    running.add(call.name());
    programs.execute(() -> run(call));
    return true;
  }

  @SuppressWarnings("CatchingUnchecked") // Whatever happens, there is a result.
  private void run(Call call) {
    CallResult result = CallResult.without(CallState.UNKNOWN, "");
    try {
      log.info("call {} of {} begins: {}", call.name(), call.submitter(), call.id());
      result = actions.run(declared.get(call.name()), call.arguments(), call.data(), call.issued());
    } catch (InterruptedException e) {
      result = CallResult.without(CallState.FAILED, "this host was unmounted meanwhile");
    } catch (RuntimeException | Error e) {
      log.error("call {} failed", call.name(), e);
      result = CallResult.without(CallState.FAILED, "internal error: " + e);
    }
    try {
      log.info("call {} is {} {}", call.name(), result.state().word(), result.reason());
      ledger.ended(call.id(), result, goodUntil(call), Instant.now());
    } catch (IOException e) {
      log.error("the end of call {} cannot be written down", call.name(), e);
    } finally {
      untold.put(call.id(), result);
      running.remove(call.name());
      places.release();
      wake();
    }
  }

  /** Ends what runs, and tells the farm of it if that is possible now. */
  @Override
  public void close() {
    closing = true;
    thread.interrupt();
    programs.shutdownNow();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(LAST_WORDS_SECONDS));
      if (!programs.awaitTermination(LAST_WORDS_SECONDS, TimeUnit.SECONDS)) {
        log.warn("a call does not end");
      }
      tell();
      ledger.close();
    } catch (QueueException e) {
      log.info("the next mount tells of {} calls: {}", untold.size(), e.getMessage());
    } catch (IOException e) {
      log.error("the ledger of calls cannot be closed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
