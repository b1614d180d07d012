package io.trifold.simulation;

import io.trifold.queue.QueueException;
import io.trifold.replica.MemoryJournal;
import io.trifold.replica.SteppedReplica;
import io.trifold.replica.SteppedReplica.Turn;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import io.trifold.rules.RuleState;
import io.trifold.simulation.Violation.Rule;
import io.trifold.simulation.machine.Crash;
import io.trifold.simulation.machine.Filesystem;
import io.trifold.simulation.machine.Flaw;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/**
 * A farm in one thread. Its time passes with what is done; whoever does something can be overtaken,
 * at each single thing, by callers, by other hosts and by the other workers of the same host, and
 * all of it is decided by one random number generator.
 */
final class World {
  private static final int DEPTH = 3;
  private static final int MOST_MACHINES = 5;
  private static final int ROUNDS = 400;
  private static final long MILLI = 1_000_000;
  private static final RuleState RULES = rules();

  private final Trace trace;
  private final Set<Flaw> flaws;
  private final Climate climate;
  private final LogModel log;
  private final Audit audit;
  private final Callers callers;
  private final List<SimulatedHost> hosts = new ArrayList<>();
  private Random random = new Random(0);
  private boolean calm = true;
  private boolean databaseAway;
  private int depth;
  private long now = 1_700_000_000_000_000_000L;
  private long processes;

  World(Climate climate, Set<Flaw> flaws, Trace trace) {
    this.climate = climate;
    this.flaws = flaws;
    this.trace = trace;
    this.log = new LogModel(flaws, this::overtakeServer);
    this.audit = new Audit(log);
    this.callers = new Callers(audit, this::betweenCalls, climate.linking());
    for (int i = 0; i < climate.hosts(); i++) {
      start(add("host" + (char) ('A' + i), Optional.empty()));
    }
  }

  private static RuleState rules() {
    try {
      return RuleSet.parse("simulation.rules", Names.RULES).root();
    } catch (RuleException e) {
      throw new IllegalStateException(e);
    }
  }

  // Time and turns

  private void elapse(long most) {
    now += 1 + random.nextLong(most);
  }

  private void overtakeServer(String doing) {
    overtake(doing);
  }

  private void betweenCalls(SimulatedHost host) {
    overtake("between calls");
    crashByChance(host);
  }

  private void overtake(String doing) {
    elapse(MILLI / 2);
    if (!calm && depth < DEPTH && random.nextInt(1000) < climate.overtaking()) {
      depth++;
      Random own = random;
      try {
        random = new Random(own.nextLong());
        trace.line("  while", doing);
        turnOfAnybody();
      } finally {
        random = own;
        depth--;
      }
    }
  }

  private void crashByChance(SimulatedHost host) {
    if (!calm && host.isUp() && random.nextInt(10_000) < climate.crashing()) {
      crash(host, random.nextBoolean());
    }
  }

  private void turnOfAnybody() {
    SimulatedHost host = anyHost();
    switch (random.nextInt(5)) {
      case 0, 1 -> act(host);
      case 2 -> capture(host);
      case 3 -> apply(host);
      default -> writeMarks(host);
    }
  }

  private SimulatedHost anyHost() {
    return hosts.get(random.nextInt(hosts.size()));
  }

  private void act(SimulatedHost host) {
    trace.line(host, callers.act(host, random));
  }

  private interface Work {
    Turn run(SteppedReplica process);
  }

  private Turn work(SimulatedHost host, String name, Work work) {
    if (!host.isUp()) {
      return Turn.IDLE;
    }
    SteppedReplica process = host.process.get();
    Turn turn;
    try {
      turn = work.run(process);
    } catch (Crash e) {
      trace.line(host, name + " dies");
      return Turn.IDLE;
    }
    trace.line(host, name + " " + turn);
    if (turn == Turn.STOPPED && !host.replaced && !host.life.over) {
      throw new Violation(Rule.BECOMES_QUIET, host + " stopped: " + process.stopReason());
    }
    return turn;
  }

  private Turn capture(SimulatedHost host) {
    return work(host, "capture", SteppedReplica::capture);
  }

  private Turn apply(SimulatedHost host) {
    boolean mustHear = flaws.contains(Flaw.NOTIFICATION_ONLY);
    if (host.callerMidway || (mustHear && !host.notified)) {
      return Turn.IDLE;
    }
    Turn turn = work(host, "apply", SteppedReplica::apply);
    host.notified = turn == Turn.BUSY || (host.notified && turn == Turn.AWAY);
    return turn;
  }

  private void writeMarks(SimulatedHost host) {
    work(host, "marks", SteppedReplica::writeMarks);
  }

  // Hosts

  private SimulatedHost add(String name, Optional<SimulatedHost> original) {
    int number = hosts.size();
    SimulatedHost[] self = new SimulatedHost[1];
    Filesystem files =
        original
            .map(host -> host.files.copy(() -> now + self[0].clockOffset))
            .orElseGet(() -> new Filesystem(() -> now + offset(self[0])));
    SimulatedHost host =
        new SimulatedHost(
            number,
            name,
            files,
            new Filesystem(() -> now),
            original
                .filter(same -> same.name.equals(name))
                .map(same -> same.journal.copy())
                .orElseGet(() -> new MemoryJournal(new UUID(0x1c, number))));
    self[0] = host;
    original.filter(same -> same.name.equals(name)).ifPresent(host::isStartedLike);
    audit.appears(host, original.filter(same -> same.name.equals(name)));
    hosts.add(host);
    log.listen(name + "#" + number, head -> hear(host));
    return host;
  }

  private static long offset(SimulatedHost host) {
    return host == null ? 0 : host.clockOffset;
  }

  private void hear(SimulatedHost host) {
    boolean lost = !calm && random.nextInt(4) == 0;
    if (!lost && !host.partitioned && !databaseAway) {
      host.notified = true;
    }
  }

  private final class HostWire implements LogModel.Wire {
    private final SimulatedHost host;
    private final SimulatedHost.Life life;

    HostWire(SimulatedHost host) {
      this.host = host;
      this.life = host.life;
    }

    @Override
    public void pass(String doing) {
      checkAlive();
      trace.line(host, doing);
      overtake(doing);
      if (!life.over) {
        crashByChance(host);
      }
      checkAlive();
    }

    private void checkAlive() {
      if (life.over) {
        throw new Crash();
      }
    }

    private boolean isLost() {
      return host.partitioned || databaseAway || (!calm && random.nextInt(1000) < climate.losing());
    }

    @Override
    public void request(String operation) throws QueueException.Unreachable {
      if (isLost()) {
        throw new QueueException.Unreachable(operation + " does not arrive", null);
      }
    }

    @Override
    public boolean delays(String operation) {
      return !calm
          && (operation.equals("append") || operation.equals("store"))
          && random.nextInt(2000) < climate.losing();
    }

    @Override
    public void reply(String operation) throws QueueException.Unreachable {
      if (isLost()) {
        trace.line(host, operation + " is done, and its reply is lost");
        throw new QueueException.Unreachable("the reply to " + operation + " is lost", null);
      }
    }
  }

  private void start(SimulatedHost host) {
    host.life = new SimulatedHost.Life();
    HostWire wire = new HostWire(host);
    SteppedReplica process =
        new SteppedReplica(
            new SteppedReplica.Machine(
                host.name,
                host.files,
                host.stateFiles,
                host.journal,
                RULES,
                () -> instant(host),
                host::hasOpenForWriting,
                host.boots,
                host.booted),
            log.source(wire),
            wire,
            audit.witness(host),
            flaws,
            ++processes);
    host.process = Optional.of(process);
    host.notified = true;
    SimulatedHost.Life life = host.life;
    // Nobody is served before the start is done.
    host.callerMidway = true;
    Turn turn = work(host, "start", SteppedReplica::start);
    if (!life.over) {
      host.callerMidway = false;
      if (turn != Turn.BUSY) {
        end(host);
      }
    }
  }

  private Instant instant(SimulatedHost host) {
    long at = now + host.clockOffset;
    return Instant.ofEpochSecond(
        Math.floorDiv(at, 1_000_000_000L), Math.floorMod(at, 1_000_000_000L));
  }

  private void end(SimulatedHost host) {
    host.life.over = true;
    host.process = Optional.empty();
    host.handles.clear();
    host.callerMidway = false;
  }

  private void crash(SimulatedHost host, boolean power) {
    if (!host.isUp()) {
      return;
    }
    trace.line(host, power ? "loses power" : "is killed");
    end(host);
    if (power) {
      audit.observe();
      Map<String, String> before = audit.before(host);
      host.boots++;
      // Inodes are stamped by a coarser clock.
      host.booted = instant(host).minusMillis(5);
      host.files.losePower(random);
      audit.afterLossOfPower(host, before);
    }
  }

  private void copyMachine() {
    SimulatedHost original = anyHost();
    if (hosts.size() >= MOST_MACHINES || original.replaced || original.callerMidway) {
      return;
    }
    trace.line(original, "is copied, and the copy takes its name");
    SimulatedHost copy = add(original.name, Optional.of(original));
    original.replaced = true;
    if (original.process.filter(SteppedReplica::hasSession).isEmpty()) {
      // It would take the name back: the session that was opened last has it.
      end(original);
    }
    startUndisturbed(copy);
  }

  /** So that it has the name when this returns. */
  private void startUndisturbed(SimulatedHost host) {
    boolean away = databaseAway;
    databaseAway = false;
    calm = true;
    start(host);
    calm = false;
    databaseAway = away;
  }

  /** The machine is set back to how it was when somebody last saved it, disk, journal and all. */
  private void rollBack() {
    SimulatedHost host = anyHost();
    if (host.replaced || host.saved.isEmpty() || hosts.size() >= MOST_MACHINES) {
      return;
    }
    trace.line(host, "is set back");
    if (host.isUp()) {
      end(host);
    }
    host.replaced = true;
    SimulatedHost restored = add(host.name, host.saved);
    audit.setBack(restored, host);
    startUndisturbed(restored);
  }

  private void save(SimulatedHost host) {
    if (!host.replaced) {
      SimulatedHost saved =
          new SimulatedHost(
              host.number,
              host.name,
              host.files.copy(() -> now),
              new Filesystem(() -> now),
              host.journal.copy());
      saved.isStartedLike(host);
      host.saved = Optional.of(saved);
      trace.line(host, "is saved");
    }
  }

  private void join() {
    if (hosts.size() >= MOST_MACHINES) {
      return;
    }
    Optional<SimulatedHost> original =
        random.nextBoolean() ? Optional.of(anyHost()) : Optional.empty();
    SimulatedHost host = add("join" + hosts.size(), original);
    trace.line(host, "joins, with the disk of " + original);
    host.files
        .walk()
        .forEach(
            (path, node) -> {
              if (Names.travels(path) && !node.isDirectory()) {
                audit.made(host, path, Optional.of(node));
              }
            });
    start(host);
  }

  // Steps

  /** One step of a schedule. */
  void step(long seed) {
    random = new Random(seed);
    calm = false;
    int kind = random.nextInt(1000);
    if (kind < 450) {
      act(anyHost());
    } else if (kind < 800) {
      turnOfAnybody();
    } else if (kind < 860) {
      settle(anyHost());
    } else if (kind < 900) {
      elapse(3_000 * MILLI);
    } else if (kind < 940) {
      disturb();
    } else {
      changeMachines(kind);
    }
    calm = true;
    audit.observe();
  }

  private void settle(SimulatedHost host) {
    for (int i = 0; i < 4; i++) {
      apply(host);
      capture(host);
      writeMarks(host);
      elapse(100 * MILLI);
    }
  }

  private void disturb() {
    switch (random.nextInt(6)) {
      case 0 -> {
        databaseAway = !databaseAway && random.nextBoolean();
        trace.line("database", databaseAway ? "away" : "there");
      }
      case 1 -> {
        trace.line("database", "crashes");
        log.crash();
      }
      case 2 -> log.collect();
      case 3 -> trace.line("late requests", log.arriveLate() + " refused");
      case 4 -> {
        SimulatedHost host = anyHost();
        host.partitioned = !host.partitioned && random.nextBoolean();
        trace.line(host, host.partitioned ? "is cut off" : "is connected");
      }
      default -> {
        SimulatedHost host = anyHost();
        host.clockOffset += (random.nextLong(20_001) - 10_000) * MILLI;
        trace.line(host, "has another time");
      }
    }
  }

  private void changeMachines(int kind) {
    SimulatedHost host = anyHost();
    if (kind < 955) {
      crash(host, random.nextBoolean());
    } else if (kind < 990) {
      for (SimulatedHost each : hosts) {
        if (!each.isUp() && !each.replaced) {
          start(each);
        }
      }
    } else if (kind < 994) {
      join();
    } else if (kind < 996) {
      copyMachine();
    } else if (kind < 998) {
      save(host);
    } else {
      rollBack();
    }
  }

  // The end

  /** All faults are over: everything must become quiet, and everybody must have the same. */
  void conclude() {
    random = new Random(1);
    calm = true;
    databaseAway = false;
    for (SimulatedHost host : hosts) {
      host.partitioned = false;
      callers.closeAll(host);
      if (host.replaced && host.isUp()) {
        capture(host);
        end(host);
      }
    }
    trace.line("late requests", log.arriveLate() + " refused");
    becomeQuiet();
    for (SimulatedHost host : hosts) {
      if (!host.replaced) {
        audit.checkNothingVanished(host);
      }
    }
    checkTrees();
    long head = log.head();
    for (SimulatedHost host : hosts) {
      if (host.isUp()) {
        end(host);
      }
    }
    becomeQuiet();
    checkTrees();
    if (log.head() != head) {
      throw new Violation(
          Rule.NOTHING_LEFT,
          "a restart has sent " + log.events().subList((int) head, log.events().size()));
    }
  }

  private boolean isQuiet(SimulatedHost host) {
    return host.process
        .filter(process -> process.isQuiet(log.head(), path -> Audit.holdsLocal(host, path)))
        .isPresent();
  }

  private void checkTrees() {
    for (SimulatedHost host : hosts) {
      if (!host.replaced) {
        audit.checkTree(host);
        audit.checkLinks(host);
      }
    }
  }

  private void becomeQuiet() {
    for (int round = 0; round < ROUNDS; round++) {
      boolean quiet = true;
      for (SimulatedHost host : hosts) {
        if (!host.replaced) {
          if (!host.isUp()) {
            start(host);
          }
          settle(host);
        }
      }
      audit.observe();
      elapse(3_000 * MILLI);
      for (SimulatedHost host : hosts) {
        quiet &=
            host.replaced
                || isQuiet(host)
                || (flaws.contains(Flaw.NOTIFICATION_ONLY) && !host.notified && round > 10);
      }
      if (quiet) {
        return;
      }
    }
    StringBuilder state = new StringBuilder("head " + log.head());
    for (SimulatedHost host : hosts) {
      state.append("; ").append(host).append(": ");
      state.append(host.process.map(SteppedReplica::describe).orElse("down"));
    }
    throw new Violation(Rule.BECOMES_QUIET, state.toString());
  }
}
