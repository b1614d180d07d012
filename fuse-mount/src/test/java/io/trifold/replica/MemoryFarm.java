package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.ChunkData;
import io.trifold.queue.ConflictPolicy;
import io.trifold.queue.ContentKey;
import io.trifold.queue.Digest;
import io.trifold.queue.Draft;
import io.trifold.queue.Event;
import io.trifold.queue.EventPage;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Head;
import io.trifold.queue.History;
import io.trifold.queue.HostStatus;
import io.trifold.queue.Membership;
import io.trifold.queue.Outcome;
import io.trifold.queue.PathState;
import io.trifold.queue.PathVersion;
import io.trifold.queue.QueueException;
import io.trifold.queue.Recovery;
import io.trifold.queue.Ruling;
import io.trifold.queue.Terms;
import io.trifold.queue.Verdict;
import io.trifold.queue.Verification;
import io.trifold.queue.Verifications;
import io.trifold.rules.FileNames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;

/** A farm's log in memory, with faults on demand. */
final class MemoryFarm {
  /** Is asked before and after each operation of a host, and may throw. */
  interface Faults {
    Faults NONE = (host, operation, after) -> {};

    void at(String host, String operation, boolean after) throws QueueException;
  }

  volatile Faults faults = Faults.NONE;
  private final Map<String, Integer> calls = new ConcurrentHashMap<>();
  UUID epoch = UUID.randomUUID();

  /** An event that put a lost version back. */
  private record PutBack(UUID event, long version) {}

  private final Map<String, PutBack> putBack = new HashMap<>();
  final List<Event> events = new ArrayList<>();
  final Map<Digest, byte[]> chunks = new HashMap<>();
  private final TreeMap<byte[], Event> states = new TreeMap<>(Arrays::compareUnsigned);
  private final Set<Long> ofPrimary = new HashSet<>();
  private final Map<UUID, List<Outcome>> producers = new HashMap<>();
  private final Map<UUID, List<UUID>> drafts = new HashMap<>();
  private final Map<String, long[]> acknowledged = new HashMap<>();
  private final List<LongConsumer> watches = new CopyOnWriteArrayList<>();

  static QueueException.Unreachable unreachable() {
    return new QueueException.Unreachable("the database is away", null);
  }

  /** How often all hosts together have called an operation. */
  int calls(String operation) {
    return calls.getOrDefault(operation, 0);
  }

  LogSource source() {
    return new LogSource() {
      @Override
      public FarmLog open(Membership membership) throws QueueException {
        faults.at(membership.host(), "open", false);
        return new Session(membership);
      }

      @Override
      public Watch watch(LongConsumer onNews) {
        watches.add(onNews);
        return () -> watches.remove(onNews);
      }
    };
  }

  synchronized long head() {
    return events.size();
  }

  synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** Adds an event that no replica made. */
  synchronized Event inject(String host, UUID incarnation, Change change) {
    Event event =
        new Event(
            events.size() + 1,
            UUID.randomUUID(),
            host,
            incarnation,
            1,
            Instant.EPOCH,
            0,
            0,
            change);
    add(event);
    return event;
  }

  private void add(Event event) {
    events.add(event);
    if (event.counts()) {
      states.put(FileNames.encode(event.change().path()), event);
    }
    watches.forEach(watch -> watch.accept(event.position()));
  }

  synchronized void put(byte[] content) {
    chunks.put(Digest.sha256(content), content);
  }

  UUID identity = UUID.randomUUID();
  final List<UUID> epochs = new ArrayList<>(List.of(epoch));
  private long began;
  private final Map<String, Long> claims = new HashMap<>();

  /** Puts an older state of the log back: what came behind this position is gone. */
  synchronized void rewind(long position) {
    events.subList((int) position, events.size()).clear();
    states.clear();
    events.forEach(event -> states.put(FileNames.encode(event.change().path()), event));
    producers.forEach(
        (producer, outcomes) -> {
          outcomes.removeIf(outcome -> outcome.position() > position);
          List<UUID> ids = drafts.get(producer);
          ids.subList(outcomes.size(), ids.size()).clear();
        });
  }

  private final class Session implements FarmLog, Recovery {
    private final Membership me;
    private final UUID mine = epoch;
    private Optional<Event> furthest = Optional.empty();

    Session(Membership me) {
      this.me = me;
      // As in the real log, a host is waited for from its first registration on.
      synchronized (MemoryFarm.this) {
        acknowledged.putIfAbsent(me.host(), new long[] {0, 0});
      }
    }

    private interface Operation<T> {
      T run() throws QueueException;
    }

    private <T> T run(String name, Operation<T> operation) throws QueueException {
      calls.merge(name, 1, Integer::sum);
      faults.at(me.host(), name, false);
      T result;
      synchronized (MemoryFarm.this) {
        check();
        result = operation.run();
      }
      faults.at(me.host(), name, true);
      return result;
    }

    private void check() throws QueueException.Rewound {
      boolean same =
          furthest.isEmpty()
              || (furthest.get().position() <= events.size()
                  && events
                      .get((int) furthest.get().position() - 1)
                      .id()
                      .equals(furthest.get().id()));
      if (!same || !mine.equals(epoch)) {
        throw new QueueException.Rewound(0, "the log is another one");
      }
    }

    private void learn(long position) {
      if (position > furthest.map(Event::position).orElse(0L)) {
        furthest = Optional.of(events.get((int) position - 1));
      }
    }

    @Override
    public Recovery recovery() {
      return this;
    }

    @Override
    public UUID farm() {
      return identity;
    }

    @Override
    public long began() {
      return began;
    }

    @Override
    public void beginEpoch() throws QueueException {
      run(
          "beginEpoch",
          () -> {
            epoch = UUID.randomUUID();
            epochs.add(epoch);
            began = events.size();
            claims.clear();
            putBack.clear();
            return null;
          });
    }

    @Override
    public Set<String> claim(Map<String, Long> versions) throws QueueException {
      return run(
          "claim",
          () -> {
            Set<String> won = new HashSet<>();
            versions.forEach(
                (path, version) -> {
                  PutBack before = putBack.get(path);
                  if (claims.merge(path, version, Math::max) <= version
                      && (before == null || before.version() < version)) {
                    won.add(path);
                  }
                });
            return won;
          });
    }

    @Override
    public UUID epoch() {
      return mine;
    }

    @Override
    public Head head() throws QueueException {
      return run("head", () -> new Head(epoch, events.size(), 1));
    }

    @Override
    public List<Outcome> append(List<Draft> offered) throws QueueException {
      return run("append", () -> doAppend(offered));
    }

    private List<Outcome> doAppend(List<Draft> offered) throws QueueException {
      List<Outcome> recorded = producers.computeIfAbsent(me.incarnation(), i -> new ArrayList<>());
      List<UUID> ids = drafts.computeIfAbsent(me.incarnation(), i -> new ArrayList<>());
      List<Outcome> result = new ArrayList<>();
      for (Draft draft : offered) {
        if (draft.producerSequence() <= recorded.size()) {
          int at = (int) draft.producerSequence() - 1;
          if (!ids.get(at).equals(draft.id())) {
            throw new QueueException.Refused("other drafts under number " + (at + 1));
          }
          result.add(recorded.get(at));
          continue;
        }
        if (draft.producerSequence() != recorded.size() + 1) {
          throw new QueueException.Refused("gap before " + draft.producerSequence());
        }
        Outcome outcome = rule(givingWay(draft));
        Event event = Event.of(draft, me.host(), me.incarnation(), outcome, Instant.EPOCH);
        if (me.mode().equals("primary")) {
          ofPrimary.add(outcome.position());
        }
        add(event);
        recorded.add(outcome);
        ids.add(draft.id());
        result.add(outcome);
        learn(outcome.position());
      }
      return result;
    }

    /** As {@code trifold.giving_way} has it. */
    private Draft givingWay(Draft draft) {
      if (draft.restored().isEmpty()) {
        return draft;
      }
      long lost = draft.restored().get().version();
      boolean changed = draft.restored().get().changed();
      String path = draft.change().path();
      Event current = states.get(FileNames.encode(path));
      PutBack before = putBack.get(path);
      if (current != null && current.position() > began) {
        if (before == null || !before.event().equals(current.id()) || before.version() > lost) {
          return changed ? draft : with(ConflictPolicy.ONLY_IF_UNCHANGED, draft);
        }
        states.remove(FileNames.encode(path));
      }
      if (!changed) {
        putBack.put(path, new PutBack(draft.id(), lost));
      }
      return draft;
    }

    private static Draft with(ConflictPolicy policy, Draft draft) {
      return new Draft(
          draft.id(),
          draft.producerSequence(),
          draft.baseVersion(),
          draft.change(),
          new Terms(policy, draft.terms().aside(), draft.terms().kept()),
          draft.provenance());
    }

    private boolean isDirectory(long version) {
      return version > 0 && events.get((int) version - 1).change() instanceof Change.PutDirectory;
    }

    private Outcome rule(Draft draft) {
      long position = events.size() + 1L;
      String path = draft.change().path();
      Event current = states.get(FileNames.encode(path));
      if (current == null
          || !Ruling.isConflict(
              draft,
              new PathState(path, current),
              current.incarnation().equals(me.incarnation()))) {
        return new Outcome(position, 0);
      }
      Verdict verdict =
          Ruling.over(
              draft,
              isDirectory(draft.baseVersion()),
              current.change(),
              ofPrimary.contains(current.position()),
              me.mode().equals("primary"));
      return verdict == Verdict.STANDS
          ? new Outcome(position, current.position())
          : new Outcome(position, 0, verdict, current.position());
    }

    @Override
    public long lastProducerSequence() throws QueueException {
      return run(
          "lastProducerSequence",
          () -> (long) producers.getOrDefault(me.incarnation(), List.of()).size());
    }

    @Override
    public EventPage page(long after, int limit) throws QueueException {
      return run(
          "read",
          () -> {
            if (after > events.size()) {
              throw new QueueException.Rewound(after, "the log ends before");
            }
            List<Event> page =
                List.copyOf(
                    events.subList((int) after, (int) Math.min(events.size(), after + limit)));
            learn(after + page.size());
            return new EventPage(page, after + page.size(), events.size());
          });
    }

    @Override
    public Optional<String> skip(long position) throws QueueException {
      return run("skip", () -> Optional.of(events.get((int) position - 1).change().path()));
    }

    @Override
    public List<PathState> states(String afterPath, int limit) throws QueueException {
      return run(
          "states",
          () ->
              states.tailMap(FileNames.encode(afterPath), false).values().stream()
                  .limit(limit)
                  .map(event -> new PathState(event.change().path(), event))
                  .toList());
    }

    @Override
    public Optional<PathState> state(String path) throws QueueException {
      return run(
          "state",
          () ->
              Optional.ofNullable(states.get(FileNames.encode(path)))
                  .map(event -> new PathState(path, event)));
    }

    @Override
    public Set<Digest> missing(Collection<Digest> digests) throws QueueException {
      return run(
          "missing",
          () -> {
            Set<Digest> result = new HashSet<>(digests);
            result.removeAll(chunks.keySet());
            return result;
          });
    }

    @Override
    public void store(Collection<ChunkData> contents) throws QueueException {
      run(
          "store",
          () -> {
            contents.forEach(data -> put(data.bytes().clone()));
            return null;
          });
    }

    @Override
    public byte[] fetch(Change.Chunk chunk) throws QueueException {
      return run(
          "fetch",
          () -> {
            byte[] content = chunks.get(chunk.digest());
            if (content == null) {
              throw new QueueException.Corrupt(0, "the store lacks chunk " + chunk.digest());
            }
            return content;
          });
    }

    @Override
    public void acknowledge(long position, long applied, long parked) throws QueueException {
      run("acknowledge", () -> acknowledged.put(me.host(), new long[] {applied, parked}));
    }

    @Override
    public List<String> behind(long position) throws QueueException {
      return run(
          "behind",
          () ->
              acknowledged.entrySet().stream()
                  .filter(host -> !host.getKey().equals(me.host()))
                  .filter(host -> host.getValue()[0] < position || host.getValue()[1] >= position)
                  .map(Map.Entry::getKey)
                  .toList());
    }

    @Override
    public void beat() throws QueueException {
      run("beat", () -> null);
    }

    @Override
    public History history() {
      return new ModelHistory(MemoryFarm.this::events);
    }

    @Override
    public Verifications verifications() {
      return new MemoryVerifications(me.host());
    }

    @Override
    public List<HostStatus> hosts() {
      return List.of();
    }

    @Override
    public boolean reachable() {
      try {
        faults.at(me.host(), "reachable", false);
        return true;
      } catch (QueueException e) {
        return false;
      }
    }

    @Override
    public void leave() throws QueueException {
      run("leave", () -> acknowledged.remove(me.host()));
    }

    @Override
    public void close() {}
  }

  final List<Verification> verifications = new ArrayList<>();
  final Map<Long, Map<String, Verification.Answer>> answers = new HashMap<>();

  private final class MemoryVerifications implements Verifications {
    private final String host;

    MemoryVerifications(String host) {
      this.host = host;
    }

    @Override
    public List<PathVersion> versions(String below, String afterPath, int limit)
        throws QueueException {
      faults.at(host, "versions", false);
      synchronized (MemoryFarm.this) {
        return states.tailMap(FileNames.encode(afterPath), false).values().stream()
            .filter(
                event ->
                    event.change().path().equals(below)
                        || PathNames.isBelow(event.change().path(), below))
            .limit(limit)
            .map(MemoryFarm::version)
            .toList();
      }
    }

    @Override
    public Optional<PathVersion> versionAt(String path, long position) {
      synchronized (MemoryFarm.this) {
        return events.subList(0, (int) position).stream()
            .filter(event -> event.change().path().equals(path))
            .reduce((earlier, later) -> later)
            .map(MemoryFarm::version);
      }
    }

    @Override
    public boolean isLatest(long position) {
      synchronized (MemoryFarm.this) {
        return states.values().stream().anyMatch(event -> event.position() == position);
      }
    }

    @Override
    public Verification ask(String below, boolean urgent) {
      synchronized (MemoryFarm.this) {
        Verification asked =
            new Verification(
                verifications.size() + 1, events.size(), below, urgent, host, Instant.now());
        verifications.add(asked);
        answers.put(asked.id(), new TreeMap<>());
        return asked;
      }
    }

    @Override
    public Verification askSince(String below, Instant since) {
      synchronized (MemoryFarm.this) {
        return verifications.stream()
            .filter(asked -> asked.urgent() && asked.below().equals(below))
            .filter(asked -> !asked.askedAt().isBefore(since))
            .findFirst()
            .orElseGet(() -> ask(below, true));
      }
    }

    @Override
    public Optional<Verification> unanswered() throws QueueException {
      faults.at(host, "unanswered", false);
      synchronized (MemoryFarm.this) {
        return verifications.stream()
            .filter(asked -> !answers.get(asked.id()).containsKey(host))
            .max(Comparator.comparing(Verification::urgent).thenComparingLong(Verification::id));
      }
    }

    @Override
    public void answer(
        Verification verification, Digest digest, long paths, long bytes, long divergences) {
      synchronized (MemoryFarm.this) {
        answers
            .get(verification.id())
            .put(
                host,
                new Verification.Answer(host, digest, paths, bytes, divergences, Instant.now()));
      }
    }

    @Override
    public List<Verification.Answer> answers(Verification verification) {
      synchronized (MemoryFarm.this) {
        return List.copyOf(answers.get(verification.id()).values());
      }
    }
  }

  private static PathVersion version(Event event) {
    return new PathVersion(event.change().path(), event.position(), ContentKey.of(event.change()));
  }
}
