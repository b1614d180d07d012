package io.trifold.simulation;

import io.trifold.queue.Change;
import io.trifold.queue.ChunkData;
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
import io.trifold.queue.QueueException;
import io.trifold.queue.Recovery;
import io.trifold.queue.Ruling;
import io.trifold.queue.Verdict;
import io.trifold.queue.Verifications;
import io.trifold.replica.LogSource;
import io.trifold.replica.ModelHistory;
import io.trifold.rules.FileNames;
import io.trifold.simulation.machine.Flaw;
import io.trifold.simulation.machine.Moments;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * The farm's log as {@code trifold.append} and its neighbours in the database behave: sessions,
 * producers, base versions, content.
 *
 * <p>What the network does to a call is the {@link Wire}'s business.
 */
final class LogModel {
  /** What can happen to a host's calls on their way. */
  interface Wire extends Moments {
    /** Before the request is carried out. */
    void request(String operation) throws QueueException.Unreachable;

    /** Whether the request arrives so late that its sender has given up by then. */
    boolean delays(String operation);

    /** After the request was carried out. */
    void reply(String operation) throws QueueException.Unreachable;
  }

  private record Producer(String host, UUID incarnation) {}

  private record Recorded(UUID id, Outcome outcome) {}

  private record Holder(UUID incarnation, UUID session) {}

  /** A request that arrives when its sender waits no more. */
  private interface Late {
    void arrive() throws QueueException;
  }

  private final Set<Flaw> flaws;
  private final Moments server;
  private final UUID epoch = new UUID(0xfa43, 1);
  private final TreeMap<Long, Event> events = new TreeMap<>();
  private final TreeMap<byte[], Event> states = new TreeMap<>(Arrays::compareUnsigned);
  private final Map<Producer, List<Recorded>> producers = new HashMap<>();
  private final Map<String, Holder> holders = new HashMap<>();
  private final Map<Digest, byte[]> chunks = new LinkedHashMap<>();
  private final Map<String, LongConsumer> watches = new LinkedHashMap<>();
  private final List<Late> late = new ArrayList<>();
  private final Set<Long> batches = new HashSet<>();
  private long taken;
  private long visible;

  /**
   * @param server where the server itself can be overtaken, if a flaw lets it
   */
  LogModel(Set<Flaw> flaws, Moments server) {
    this.flaws = flaws;
    this.server = server;
  }

  /** Up to where each host said that it has applied the log. */
  private final Map<String, Long> reached = new TreeMap<>();

  /** The events in the order of their positions. */
  List<Event> events() {
    return List.copyOf(events.values());
  }

  long head() {
    return visible;
  }

  /** What the log says of each path now; deleted paths are left out. */
  Map<String, Event> folded() {
    Map<String, Event> result = new TreeMap<>();
    for (Event event : events.values()) {
      String path = event.change().path();
      if (!event.counts()) {
        continue;
      }
      if (event.change() instanceof Change.Delete) {
        result.remove(path);
      } else {
        result.put(path, event);
      }
    }
    return result;
  }

  /** Whether the event is the first of its append. */
  boolean startsBatch(long position) {
    return batches.contains(position);
  }

  boolean hasChunk(Digest digest) {
    return chunks.containsKey(digest);
  }

  /**
   * Requests that were given up arrive now; whoever sent them does not hear of it.
   *
   * @return how many of them were refused
   */
  int arriveLate() {
    List<Late> arriving = List.copyOf(late);
    late.clear();
    int refused = 0;
    for (Late request : arriving) {
      try {
        request.arrive();
      } catch (QueueException e) {
        refused++;
      }
    }
    return refused;
  }

  /** Removes all content that no event names. */
  void collect() {
    Set<Digest> named = new HashSet<>();
    for (Event event : events.values()) {
      if (event.change() instanceof Change.PutFile file
          && file.content() instanceof Change.Content.Chunked chunked) {
        chunked.chunks().forEach(chunk -> named.add(chunk.digest()));
      }
    }
    chunks.keySet().retainAll(named);
  }

  /** The server dies and comes back: what was under way is gone. */
  void crash() {
    late.clear();
    if (flaws.contains(Flaw.COMMIT_NOT_DURABLE) && !events.isEmpty()) {
      takeBack(events.lastEntry().getValue());
    }
  }

  private void takeBack(Event event) {
    events.remove(event.position());
    visible = taken = event.position() - 1;
    List<Recorded> recorded = producers.get(new Producer(event.host(), event.incarnation()));
    recorded.remove(recorded.size() - 1);
    states.clear();
    events.values().forEach(this::becomeState);
  }

  private void becomeState(Event event) {
    if (event.counts()) {
      states.put(FileNames.encode(event.change().path()), event);
    }
  }

  LogSource source(Wire wire) {
    return new LogSource() {
      @Override
      public FarmLog open(Membership membership) throws QueueException {
        Session session = new Session(membership, wire);
        session.call("open", session::take);
        return session;
      }

      @Override
      public Watch watch(LongConsumer onNews) {
        throw new UnsupportedOperationException("notifications come by listen");
      }
    };
  }

  /** Who is notified when the host's session is to hear of news. */
  void listen(String host, LongConsumer onNews) {
    watches.put(host, onNews);
  }

  private interface Operation<T> {
    T run() throws QueueException;
  }

  private final class Session implements FarmLog {
    private final Membership me;
    private final Wire wire;

    Session(Membership me, Wire wire) {
      this.me = me;
      this.wire = wire;
    }

    <T> T call(String name, Operation<T> operation) throws QueueException {
      wire.pass(name);
      wire.request(name);
      if (wire.delays(name)) {
        late.add(operation::run);
        throw new QueueException.Unreachable(name + " was not answered in time", null);
      }
      T result = operation.run();
      wire.pass(name + " done");
      wire.reply(name);
      return result;
    }

    private Holder take() throws QueueException.Refused {
      Holder holder = holders.get(me.host());
      if (holder != null && !holder.incarnation.equals(me.incarnation())) {
        throw new QueueException.Refused("the host name is in use");
      }
      Holder mine = new Holder(me.incarnation(), me.session());
      holders.put(me.host(), mine);
      return mine;
    }

    private void checkSession() throws QueueException.Refused {
      if (!flaws.contains(Flaw.STALE_SESSION_ACCEPTED)
          && !new Holder(me.incarnation(), me.session()).equals(holders.get(me.host()))) {
        throw new QueueException.Refused("another mount has taken over the host name");
      }
    }

    private Producer producer() {
      return new Producer(me.host(), me.incarnation());
    }

    private List<Recorded> recorded() {
      return producers.computeIfAbsent(producer(), p -> new ArrayList<>());
    }

    @Override
    public UUID epoch() {
      return epoch;
    }

    @Override
    public Head head() throws QueueException {
      return call("head", () -> new Head(epoch, visible, 1));
    }

    @Override
    public List<Outcome> append(List<Draft> drafts) throws QueueException {
      if (!flaws.contains(Flaw.DELETES_FIRST)) {
        return call("append", () -> doAppend(drafts));
      }
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < drafts.size(); i++) {
        order.add(i);
      }
      order.sort(Comparator.comparing(i -> !(drafts.get(i).change() instanceof Change.Delete)));
      List<Draft> sent = new ArrayList<>();
      for (int i = 0; i < drafts.size(); i++) {
        Draft draft = drafts.get(order.get(i));
        long sequence = drafts.get(i).producerSequence();
        sent.add(
            new Draft(
                draft.id(),
                sequence,
                draft.baseVersion(),
                draft.change(),
                draft.terms(),
                draft.provenance()));
      }
      List<Outcome> outcomes = call("append", () -> doAppend(sent));
      Outcome[] result = new Outcome[outcomes.size()];
      for (int i = 0; i < result.length; i++) {
        result[order.get(i)] = outcomes.get(i);
      }
      return List.of(result);
    }

    private List<Outcome> doAppend(List<Draft> drafts) throws QueueException {
      checkSession();
      int known = recorded().size();
      List<Outcome> result = new ArrayList<>();
      List<Draft> fresh = new ArrayList<>();
      for (Draft draft : drafts) {
        if (draft.producerSequence() > known || flaws.contains(Flaw.NO_PRODUCER_CHECK)) {
          fresh.add(draft);
        } else {
          Recorded before = recorded().get((int) draft.producerSequence() - 1);
          if (!before.id.equals(draft.id()) && !flaws.contains(Flaw.STALE_SESSION_ACCEPTED)) {
            throw new QueueException.Refused("other events are recorded under these numbers");
          }
          result.add(before.outcome);
        }
      }
      if (fresh.isEmpty()) {
        return result;
      }
      if (fresh.get(0).producerSequence() != known + 1 && !flaws.contains(Flaw.NO_PRODUCER_CHECK)) {
        throw new QueueException.Refused("a gap in the producer's sequence");
      }
      checkContent(fresh);
      Map<String, Event> current = currentStates(fresh);
      if (flaws.contains(Flaw.LOCK_DROPPED)) {
        server.pass("append without a lock");
      }
      long first = taken + 1;
      taken += fresh.size();
      batches.add(first);
      if (flaws.contains(Flaw.PLAIN_SEQUENCE)) {
        server.pass("append before its commit");
      }
      for (int i = 0; i < fresh.size(); i++) {
        result.add(insert(fresh.get(i), first + i, current));
      }
      visible = Math.max(visible, first + fresh.size() - 1);
      watches.values().forEach(watch -> watch.accept(visible));
      return result;
    }

    private void checkContent(List<Draft> drafts) throws QueueException {
      Set<Digest> missing = new HashSet<>();
      for (Draft draft : drafts) {
        if (draft.change() instanceof Change.PutFile file
            && file.content() instanceof Change.Content.Chunked chunked) {
          chunked.chunks().stream()
              .map(Change.Chunk::digest)
              .filter(digest -> !chunks.containsKey(digest))
              .forEach(missing::add);
        }
      }
      if (!missing.isEmpty() && !flaws.contains(Flaw.CHUNK_COLLECTED)) {
        throw new QueueException.MissingChunks(missing);
      }
    }

    private Map<String, Event> currentStates(List<Draft> drafts) {
      Map<String, Event> result = new HashMap<>();
      for (Draft draft : drafts) {
        String path = draft.change().path();
        Event state = states.get(FileNames.encode(path));
        if (state != null) {
          result.put(path, state);
        }
      }
      return result;
    }

    private boolean isOwn(Event event) {
      return event.host().equals(me.host()) && event.incarnation().equals(me.incarnation());
    }

    private boolean isDirectory(long version) {
      Event event = events.get(version);
      return event != null && event.change() instanceof Change.PutDirectory;
    }

    private Outcome insert(Draft draft, long position, Map<String, Event> current) {
      String path = draft.change().path();
      Event before = current.get(path);
      boolean conflict =
          before != null
              && !flaws.contains(Flaw.BASE_NOT_COMPARED)
              && Ruling.isConflict(draft, new PathState(path, before), isOwn(before));
      Verdict verdict =
          conflict
              ? Ruling.over(draft, isDirectory(draft.baseVersion()), before.change(), false, false)
              : Verdict.STANDS;
      boolean stands = verdict == Verdict.STANDS;
      Outcome outcome =
          new Outcome(
              position,
              conflict && stands ? before.position() : 0,
              verdict,
              stands ? 0 : before.position());
      Event event = Event.of(draft, me.host(), me.incarnation(), outcome, Instant.EPOCH);
      events.put(position, event);
      becomeState(event);
      if (stands) {
        current.put(path, event);
      }
      recorded().add(new Recorded(draft.id(), outcome));
      return outcome;
    }

    @Override
    public long lastProducerSequence() throws QueueException {
      return call("lastProducerSequence", () -> (long) recorded().size());
    }

    @Override
    public EventPage page(long after, int limit) throws QueueException {
      return call("read", () -> doRead(after, limit));
    }

    private EventPage doRead(long after, int limit) throws QueueException {
      List<Event> result = events.tailMap(after, false).values().stream().limit(limit).toList();
      long previous = after;
      for (Event event : result) {
        if (event.position() != ++previous && !flaws.contains(Flaw.PLAIN_SEQUENCE)) {
          throw new QueueException.Corrupt(previous, "the log has a hole");
        }
        previous = event.position();
      }
      return new EventPage(result, previous, events.isEmpty() ? 0 : events.lastKey());
    }

    @Override
    public List<PathState> states(String afterPath, int limit) throws QueueException {
      return call(
          "states",
          () ->
              states.tailMap(FileNames.encode(afterPath), false).values().stream()
                  .filter(
                      event ->
                          !flaws.contains(Flaw.TOMBSTONES_FORGOTTEN)
                              || !(event.change() instanceof Change.Delete))
                  .limit(limit)
                  .map(event -> new PathState(event.change().path(), event))
                  .toList());
    }

    @Override
    public Optional<PathState> state(String path) throws QueueException {
      return call(
          "state",
          () ->
              Optional.ofNullable(states.get(FileNames.encode(path)))
                  .map(event -> new PathState(path, event)));
    }

    @Override
    public Set<Digest> missing(Collection<Digest> digests) throws QueueException {
      return call(
          "missing",
          () -> {
            Set<Digest> result = new HashSet<>(digests);
            result.removeAll(chunks.keySet());
            return result;
          });
    }

    @Override
    public void store(Collection<ChunkData> contents) throws QueueException {
      List<byte[]> sent = contents.stream().map(data -> data.bytes().clone()).toList();
      call(
          "store",
          () -> {
            sent.forEach(content -> chunks.put(Digest.sha256(content), content));
            return null;
          });
    }

    @Override
    public byte[] fetch(Change.Chunk chunk) throws QueueException {
      return call(
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
      beat("acknowledge");
      reached.put(me.host(), applied);
    }

    @Override
    public List<String> behind(long position) throws QueueException {
      return call(
          "behind",
          () ->
              reached.entrySet().stream()
                  .filter(host -> !host.getKey().equals(me.host()))
                  .filter(host -> host.getValue() < position)
                  .map(Map.Entry::getKey)
                  .toList());
    }

    @Override
    public void beat() throws QueueException {
      beat("beat");
    }

    private void beat(String name) throws QueueException {
      call(
          name,
          () -> {
            checkSession();
            return null;
          });
    }

    @Override
    public History history() {
      return new ModelHistory(() -> call("versions", LogModel.this::events));
    }

    @Override
    public Optional<String> skip(long position) {
      throw new UnsupportedOperationException("all events are to be trusted here");
    }

    @Override
    public Verifications verifications() {
      throw new UnsupportedOperationException("the simulation compares by itself");
    }

    @Override
    public Recovery recovery() {
      return new OneEpoch();
    }

    /** The log of a server that is never set back. */
    private final class OneEpoch implements Recovery {
      @Override
      public UUID farm() throws QueueException {
        return call("farm", () -> epoch);
      }

      @Override
      public long began() {
        return 0;
      }

      @Override
      public void beginEpoch() {
        throw new UnsupportedOperationException("the server is never set back");
      }

      @Override
      public Set<String> claim(Map<String, Long> versions) {
        throw new UnsupportedOperationException("the server is never set back");
      }
    }

    @Override
    public List<HostStatus> hosts() {
      return List.of();
    }

    @Override
    public boolean reachable() {
      return true;
    }

    @Override
    public void leave() {}

    @Override
    public void close() {}
  }
}
