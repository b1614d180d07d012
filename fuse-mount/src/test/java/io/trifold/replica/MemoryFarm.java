package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.Draft;
import io.trifold.queue.Event;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Head;
import io.trifold.queue.History;
import io.trifold.queue.HostStatus;
import io.trifold.queue.Membership;
import io.trifold.queue.Outcome;
import io.trifold.queue.PathState;
import io.trifold.queue.QueueException;
import io.trifold.queue.Ruling;
import io.trifold.queue.Verdict;
import io.trifold.rules.FileNames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
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
  UUID epoch = UUID.randomUUID();
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

  synchronized byte[] put(byte[] content) {
    chunks.put(Digest.sha256(content), content);
    return content;
  }

  private final class Session implements FarmLog {
    private final Membership me;

    Session(Membership me) {
      this.me = me;
    }

    private interface Operation<T> {
      T run() throws QueueException;
    }

    private <T> T run(String name, Operation<T> operation) throws QueueException {
      faults.at(me.host(), name, false);
      T result;
      synchronized (MemoryFarm.this) {
        result = operation.run();
      }
      faults.at(me.host(), name, true);
      return result;
    }

    @Override
    public UUID epoch() {
      return epoch;
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
        Outcome outcome = rule(draft);
        Event event = Event.of(draft, me.host(), me.incarnation(), outcome, Instant.EPOCH);
        if (me.mode().equals("primary")) {
          ofPrimary.add(outcome.position());
        }
        add(event);
        recorded.add(outcome);
        ids.add(draft.id());
        result.add(outcome);
      }
      return result;
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
    public List<Event> read(long after, int limit) throws QueueException {
      return run(
          "read",
          () ->
              List.copyOf(
                  events.subList((int) after, (int) Math.min(events.size(), after + limit))));
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
    public List<Change.Chunk> store(List<byte[]> contents) throws QueueException {
      return run(
          "store",
          () ->
              contents.stream()
                  .map(content -> new Change.Chunk(Digest.sha256(put(content)), content.length))
                  .toList());
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
      throw new UnsupportedOperationException("this model keeps no history to ask for");
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
}
