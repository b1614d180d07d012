package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.trifold.queue.Change.Chunk;
import io.trifold.queue.Change.Content.Chunked;
import io.trifold.queue.Change.Content.Inline;
import io.trifold.queue.Change.Delete;
import io.trifold.queue.Change.PutDirectory;
import io.trifold.queue.Change.PutFile;
import io.trifold.queue.Change.PutSymlink;
import io.trifold.queue.QueueException.Corrupt;
import io.trifold.queue.QueueException.MissingChunks;
import io.trifold.queue.QueueException.Refused;
import io.trifold.queue.QueueException.Rewound;
import io.trifold.queue.QueueException.Unreachable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FarmLogIT {
  private static final Metadata METADATA =
      new Metadata(0644, "www-data", "www-data", 1_700_000_000L, 123_456_789);

  @TempDir Path directory;

  private TestPostgres postgres;
  private FarmKey key;
  private final List<FarmLog> logs = new ArrayList<>();

  @BeforeEach
  void makeFarm() throws Exception {
    postgres = TestPostgres.create();
    key = FarmKey.loadOrCreate(directory.resolve("key"));
  }

  @AfterEach
  void dropFarm() throws Exception {
    logs.forEach(FarmLog::close);
    postgres.close();
  }

  private FarmLog open(Membership membership) throws QueueException {
    FarmLog log = Queue.open(postgres.settings(), key, membership);
    logs.add(log);
    return log;
  }

  private FarmLog open(String host) throws QueueException {
    return open(TestPostgres.membership(host));
  }

  private static PutFile file(String path, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new PutFile(path, METADATA, bytes.length, Digest.sha256(bytes), new Inline(bytes));
  }

  private static Draft draft(long sequence, long base, Change change) {
    return new Draft(UUID.randomUUID(), sequence, base, change);
  }

  private static Outcome append(FarmLog log, long sequence, long base, Change change)
      throws QueueException {
    return log.append(List.of(draft(sequence, base, change))).get(0);
  }

  @Test
  void whatOneHostAppendsTheOtherReads() throws Exception {
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    Draft first = draft(1, 0, new PutDirectory("data", METADATA));
    Draft second = draft(2, 0, file("data/page.txt", "hello"));
    assertThat(one.append(List.of(first, second)))
        .containsExactly(new Outcome(1, 0), new Outcome(2, 0));
    List<Event> events = two.read(0, 100);
    assertThat(events).extracting(Event::change).containsExactly(first.change(), second.change());
    assertThat(events).extracting(Event::id).containsExactly(first.id(), second.id());
    assertThat(events).extracting(Event::host).containsOnly("web1");
    assertThat(two.read(2, 100)).isEmpty();
    assertThat(two.head()).isEqualTo(new Head(one.epoch(), 2, 1));
    assertThat(one.lastProducerSequence()).isEqualTo(2);
    assertThat(two.lastProducerSequence()).isZero();
  }

  @Test
  void concurrentAppendersLoseNoEventAndLeaveNoGap() throws Exception {
    int hosts = 8;
    int batches = 40;
    int size = 5;
    FarmLog reader = open("reader");
    List<FarmLog> writers = new ArrayList<>();
    for (int i = 0; i < hosts; i++) {
      writers.add(open("web" + i));
    }
    ExecutorService threads = Executors.newFixedThreadPool(hosts + 1);
    try {
      Future<List<Event>> read = threads.submit(() -> readAll(reader, hosts * batches * size));
      List<Future<Void>> appends = new ArrayList<>();
      for (FarmLog writer : writers) {
        String name = "host" + writers.indexOf(writer);
        appends.add(
            threads.submit(
                () -> {
                  long sequence = 1;
                  for (int batch = 0; batch < batches; batch++) {
                    List<Draft> drafts = new ArrayList<>();
                    for (int i = 0; i < size; i++) {
                      drafts.add(draft(sequence, 0, file(name + "/" + sequence, "x" + sequence)));
                      sequence++;
                    }
                    writer.append(drafts);
                  }
                  return null;
                }));
      }
      for (Future<Void> append : appends) {
        append.get();
      }
      List<Event> events = read.get();
      assertThat(events)
          .extracting(Event::position)
          .containsExactlyElementsOf(
              LongStream.rangeClosed(1, (long) hosts * batches * size).boxed().toList());
      for (FarmLog writer : writers) {
        String host = "web" + writers.indexOf(writer);
        assertThat(events.stream().filter(event -> event.host().equals(host)))
            .extracting(Event::producerSequence)
            .containsExactlyElementsOf(
                LongStream.rangeClosed(1, (long) batches * size).boxed().toList());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Reads while others append: what is skipped now would be lost. */
  private static List<Event> readAll(FarmLog log, int count) throws QueueException {
    List<Event> events = new ArrayList<>();
    while (events.size() < count) {
      events.addAll(log.read(events.size(), 100));
    }
    return events;
  }

  @Test
  void aNotificationReachesTheOtherHost() throws Exception {
    FarmLog log = open("web1");
    LinkedBlockingQueue<Long> heads = new LinkedBlockingQueue<>();
    try (HeadWatch watch = new HeadWatch(postgres.settings(), heads::add)) {
      assertThat(heads.take()).isZero();
      append(log, 1, 0, file("a", "a"));
      while (heads.take() != 1) {
        assertThat(watch).isNotNull();
      }
    }
  }

  /** Now and then the watch tells of everything, should a notification have been lost. */
  @Test
  void whoWaitsForOtherNewsIsNotToldOfEachEvent() throws Exception {
    FarmLog log = open("web1");
    LinkedBlockingQueue<Long> heads = new LinkedBlockingQueue<>();
    AtomicInteger others = new AtomicInteger();
    Semaphore other = new Semaphore(0);
    Runnable onOther =
        () -> {
          others.incrementAndGet();
          other.release();
        };
    try (HeadWatch watch = new HeadWatch(postgres.settings(), heads::add, onOther)) {
      other.acquire();
      int events = 30;
      for (int i = 1; i <= events; i++) {
        append(log, i, 0, file("a", "a" + i));
        while (heads.take() != i) {
          assertThat(watch).isNotNull();
        }
      }
      assertThat(others.get()).isLessThan(events);
      other.drainPermits();
      postgres.execute("SELECT pg_notify('trifold', '')");
      other.acquire();
    }
  }

  @Test
  void aNotificationThatTellsNoPositionIsACallToLook() throws Exception {
    FarmLog log = open("web1");
    LinkedBlockingQueue<Long> heads = new LinkedBlockingQueue<>();
    try (HeadWatch watch = new HeadWatch(postgres.settings(), heads::add)) {
      assertThat(heads.take()).isZero();
      for (String payload : List.of("", "nonsense", "-7", "99999999999999999999")) {
        postgres.execute("SELECT pg_notify('trifold', '" + payload + "')");
        assertThat(heads.take()).isZero();
      }
      append(log, 1, 0, file("a", "a"));
      while (heads.take() != 1) {
        assertThat(watch).isNotNull();
      }
    }
  }

  @Test
  void draftsOfferedAgainGetTheirRecordedOutcomes() throws Exception {
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    append(two, 1, 0, file("a", "theirs"));
    List<Draft> drafts =
        List.of(
            draft(1, 0, file("a", "mine")),
            draft(2, 0, file("b", "b")),
            draft(3, 0, file("c", "c")));
    List<Outcome> recorded = one.append(drafts);
    assertThat(recorded).containsExactly(new Outcome(2, 1), new Outcome(3, 0), new Outcome(4, 0));
    assertThat(one.append(drafts)).isEqualTo(recorded);
    List<Draft> partlyNew = List.of(drafts.get(1), drafts.get(2), draft(4, 0, file("d", "d")));
    assertThat(one.append(partlyNew))
        .containsExactly(new Outcome(3, 0), new Outcome(4, 0), new Outcome(5, 0));
    assertThat(one.head().position()).isEqualTo(5);
  }

  @Test
  void otherEventsUnderRecordedNumbersAreRefused() throws Exception {
    FarmLog log = open("web1");
    append(log, 1, 0, file("a", "a"));
    assertThatThrownBy(() -> append(log, 1, 0, file("a", "b")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("copied or rolled back");
  }

  @Test
  void aGapInTheProducersSequenceIsRefused() throws Exception {
    FarmLog log = open("web1");
    append(log, 1, 0, file("a", "a"));
    assertThatThrownBy(() -> append(log, 3, 0, file("a", "b")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("up to its number 1 only");
    assertThat(log.head().position()).isEqualTo(1);
  }

  @Test
  void theLastAppendedWinsAndTheReplacedVersionIsTold() throws Exception {
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    append(one, 1, 0, file("page", "first"));
    assertThat(append(two, 1, 0, file("page", "second"))).isEqualTo(new Outcome(2, 1));
    assertThat(append(one, 2, 2, file("page", "third"))).isEqualTo(new Outcome(3, 0));
    assertThat(two.state("page").orElseThrow().event().change()).isEqualTo(file("page", "third"));
    assertThat(two.read(1, 1).get(0).replaced()).isEqualTo(1);
  }

  @Test
  void equalContentIsNoConflict() throws Exception {
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    append(one, 1, 0, file("page", "same"));
    assertThat(append(two, 1, 0, file("page", "same"))).isEqualTo(new Outcome(2, 0));
    append(one, 2, 2, new Delete("page"));
    assertThat(append(two, 2, 2, new Delete("page"))).isEqualTo(new Outcome(4, 0));
  }

  @Test
  void anEditAgainstADeleteIsAConflict() throws Exception {
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    append(one, 1, 0, file("page", "text"));
    append(two, 1, 1, new Delete("page"));
    assertThat(append(one, 2, 1, file("page", "edited"))).isEqualTo(new Outcome(3, 2));
  }

  @Test
  void theElectedPrimaryIsThePrimary() throws Exception {
    FarmLog elected = open("web1");
    FarmLog other = open("web2");
    postgres.execute(
        "UPDATE trifold.primary_lease SET term = 1, host = 'web1',"
            + " lease_until = clock_timestamp() + interval '1 h'");
    append(elected, 1, 0, file("page", "of the primary"));
    Terms terms = new Terms(ConflictPolicy.PRIMARY_WINS, Optional.empty(), Duration.ofDays(7));
    Draft draft =
        new Draft(UUID.randomUUID(), 1, 0, file("page", "of another"), terms, Provenance.UNKNOWN);
    assertThat(other.append(List.of(draft)))
        .containsExactly(new Outcome(2, 0, Verdict.GAVE_WAY, 1));
  }

  /** The database's word against {@link Ruling}'s, for all that can meet. */
  @Test
  void conflictsAreDecidedAsTheRulingSays() throws Exception {
    Map<String, FarmLog> hosts = new TreeMap<>();
    for (String mode : List.of("primary", "replica", "other-primary")) {
      hosts.put(
          mode,
          open(
              new Membership(
                  mode,
                  UUID.randomUUID(),
                  UUID.randomUUID(),
                  mode.equals("primary") ? "primary" : "replica",
                  "/srv/" + mode)));
    }
    // There is one at a time: but each event keeps who was it then.
    postgres.execute("UPDATE trifold.host SET mode = 'primary' WHERE name = 'other-primary'");
    FarmLog model = open("model");
    Map<String, Long> sequences = new HashMap<>();
    int number = 0;
    for (ConflictPolicy policy : ConflictPolicy.values()) {
      for (String first : hosts.keySet()) {
        for (String second : hosts.keySet()) {
          for (Function<String, Change> current : changes("current")) {
            for (Function<String, Change> offered : changes("offered")) {
              for (boolean ofDirectory : bases(current, offered)) {
                String path = "p" + number++;
                long base =
                    ofDirectory
                        ? append(
                                hosts.get(first),
                                sequences.merge(first, 1L, Long::sum),
                                0,
                                new PutDirectory(path, METADATA))
                            .position()
                        : 0;
                long before =
                    append(
                            hosts.get(first),
                            sequences.merge(first, 1L, Long::sum),
                            base,
                            current.apply(path))
                        .position();
                Change change = offered.apply(path);
                boolean content = change instanceof PutFile || change instanceof PutSymlink;
                boolean aside = policy == ConflictPolicy.KEEP_BOTH && content;
                Draft draft =
                    new Draft(
                        UUID.randomUUID(),
                        sequences.merge(second, 1L, Long::sum),
                        base,
                        change,
                        new Terms(
                            policy,
                            aside ? Optional.of(path + ".beside") : Optional.empty(),
                            Duration.ofDays(7)),
                        Provenance.UNKNOWN);
                PathState state = model.state(path).orElseThrow();
                boolean conflict = Ruling.isConflict(draft, state, first.equals(second));
                Verdict verdict =
                    conflict
                        ? Ruling.over(
                            draft,
                            ofDirectory,
                            state.event().change(),
                            !first.equals("replica"),
                            !second.equals("replica"))
                        : Verdict.STANDS;
                Outcome expected =
                    verdict == Verdict.STANDS
                        ? new Outcome(before + 1, conflict ? before : 0)
                        : new Outcome(before + 1, 0, verdict, before);
                String what =
                    policy
                        + " "
                        + first
                        + " "
                        + state
                        + " "
                        + second
                        + " "
                        + change
                        + " "
                        + ofDirectory;
                assertThat(hosts.get(second).append(List.of(draft)).get(0))
                    .as(what)
                    .isEqualTo(expected);
                assertThat(hosts.get(second).append(List.of(draft)).get(0))
                    .as("again: %s", what)
                    .isEqualTo(expected);
                assertThat(model.state(path).orElseThrow().version())
                    .as(what)
                    .isEqualTo(verdict == Verdict.STANDS ? before + 1 : before);
                assertThat(model.state(path + ".beside").isPresent())
                    .as(what)
                    .isEqualTo(verdict == Verdict.ASIDE);
                Event read = model.read(before, 1).get(0);
                assertThat(read.offered()).isEqualTo(path);
                assertThat(read.verdict()).isEqualTo(verdict);
                assertThat(read.terms()).isEqualTo(draft.terms());
              }
            }
          }
        }
      }
    }
  }

  /** Whether to base the offered change on a directory; where only that can make a difference. */
  private static List<Boolean> bases(
      Function<String, Change> current, Function<String, Change> offered) {
    boolean matters =
        Stream.of(current.apply("any"), offered.apply("any"))
            .allMatch(change -> change instanceof PutDirectory || change instanceof Delete);
    return matters ? List.of(false, true) : List.of(false);
  }

  private static List<Function<String, Change>> changes(String content) {
    return List.of(
        path -> file(path, content),
        path -> file(path, "equal"),
        path -> new PutSymlink(path, METADATA, content),
        path -> new PutDirectory(path, METADATA),
        Delete::new);
  }

  @Test
  void theHistoryIsOfAPathAndOfWhatIsBelowIt() throws Exception {
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    List<String> paths = List.of("a", "a-", "a/b", "a/b/c", "a0", "ab", "b", "a/\uDCFF");
    for (int i = 0; i < paths.size(); i++) {
      append(one, i + 1L, 0, file(paths.get(i), "1"));
    }
    long before = one.head().position();
    append(two, 1, 3, file("a/b", "2"));
    append(two, 2, 4, new Delete("a/b/c"));
    append(one, paths.size() + 1L, 3, file("a/b", "3"));
    History history = one.history();

    assertThat(history.versions("a/b", false, Long.MAX_VALUE, 10))
        .extracting(Event::position)
        .containsExactly(before + 3, before + 1, 3L);
    assertThat(history.versions("a", true, Long.MAX_VALUE, 10))
        .extracting(event -> event.change().path())
        .containsExactly("a/b", "a/b/c", "a/b", "a/\uDCFF", "a/b/c", "a/b", "a");
    assertThat(history.versions("a", true, before, 2)).hasSize(2);
    assertThat(history.versions("", true, Long.MAX_VALUE, 100)).hasSize(paths.size() + 3);
    assertThat(history.statesAt("a", before, "", 10))
        .extracting(PathState::path)
        .containsExactly("a", "a/b", "a/b/c", "a/\uDCFF");
    assertThat(history.statesAt("a", before, "a/b", 1))
        .extracting(PathState::path)
        .containsExactly("a/b/c");
    assertThat(history.statesAt("a/b", Long.MAX_VALUE, "", 10))
        .extracting(PathState::version)
        .containsExactly(before + 3, before + 2);
    List<History.Conflict> conflicts = history.conflicts("a", Long.MAX_VALUE, 10);
    assertThat(conflicts)
        .extracting(
            History.Conflict::path,
            conflict -> conflict.won().orElseThrow().position(),
            conflict -> conflict.lost().orElseThrow().position(),
            History.Conflict::stands)
        .containsExactly(tuple("a/b", before + 3, before + 1, true));
    assertThat(history.conflicts("b", Long.MAX_VALUE, 10)).isEmpty();
    assertThat(history.positionAt(java.time.Instant.EPOCH)).isZero();
    assertThat(history.positionAt(java.time.Instant.now().plusSeconds(60))).isEqualTo(before + 3);
  }

  @Test
  void aChangeSetIsListedWithItsEvents() throws Exception {
    FarmLog one = open("web1");
    UUID id = UUID.randomUUID();
    UUID empty = UUID.randomUUID();
    one.history().announce(empty, "");
    one.history().announce(id, "the update");
    append(one, 1, 0, file("other", "1"));
    List<Draft> drafts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      drafts.add(
          new Draft(
              UUID.randomUUID(),
              i + 2L,
              0,
              file("f" + i, "x"),
              Terms.DEFAULT,
              new Provenance(true, Optional.empty(), Optional.of(new Provenance.Part(id, i, 3)))));
    }
    one.append(drafts);

    List<ChangeSet> sets = one.history().changeSets(10);
    assertThat(sets)
        .extracting(ChangeSet::id, ChangeSet::host, ChangeSet::message)
        .containsExactly(tuple(id, "web1", "the update"), tuple(empty, "web1", ""));
    assertThat(sets)
        .extracting(ChangeSet::first, ChangeSet::last, ChangeSet::events)
        .containsExactly(tuple(2L, 4L, 3L), tuple(0L, 0L, 0L));
    assertThat(one.history().ofChangeSet(id))
        .extracting(Event::position)
        .containsExactly(2L, 3L, 4L);
  }

  @Test
  void whatFollowsInABatchOnTheSamePathSharesItsFate() throws Exception {
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    append(one, 1, 0, file("page", "first"));
    Terms both =
        new Terms(ConflictPolicy.KEEP_BOTH, Optional.of("page.beside"), Duration.ofDays(30));
    Draft second = new Draft(UUID.randomUUID(), 1, 0, file("page", "2"), both, Provenance.UNKNOWN);
    Draft third = new Draft(UUID.randomUUID(), 2, 0, file("page", "3"), both, Provenance.UNKNOWN);
    assertThat(two.append(List.of(second, third)))
        .containsExactly(new Outcome(2, 0, Verdict.ASIDE, 1), new Outcome(3, 0, Verdict.ASIDE, 1));
    assertThat(one.state("page").orElseThrow().version()).isEqualTo(1);
    assertThat(one.state("page.beside").orElseThrow().version()).isEqualTo(3);
  }

  @Test
  void aHostsOwnEarlierEventsAreNoConflict() throws Exception {
    FarmLog log = open("web1");
    List<Outcome> outcomes =
        log.append(List.of(draft(1, 0, file("a", "1")), draft(2, 0, file("a", "2"))));
    assertThat(outcomes).containsExactly(new Outcome(1, 0), new Outcome(2, 0));
    assertThat(append(log, 3, 0, file("a", "3"))).isEqualTo(new Outcome(3, 0));
    assertThat(log.state("a").orElseThrow().version()).isEqualTo(3);
  }

  @Test
  void aNewSessionOfTheSameIncarnationFencesTheOldOne() throws Exception {
    Membership before = TestPostgres.membership("web1");
    FarmLog old = open(before);
    append(old, 1, 0, file("a", "a"));
    FarmLog current =
        open(new Membership("web1", before.incarnation(), UUID.randomUUID(), "auto", "/srv/web1"));
    assertThatThrownBy(() -> append(old, 2, 0, file("b", "b")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("taken over");
    assertThatThrownBy(old::beat).isInstanceOf(Refused.class);
    assertThat(current.lastProducerSequence()).isEqualTo(1);
    append(current, 2, 0, file("b", "b"));
    old.leave();
    assertThat(current.hosts()).extracting(HostStatus::live).containsExactly(true);
  }

  @Test
  void aNameInUseIsRefusedUntilItsHostLeaves() throws Exception {
    FarmLog first = open("web1");
    assertThatThrownBy(() -> open("web1"))
        .isInstanceOf(Refused.class)
        .hasMessageMatching(
            "host name \"web1\" is in use by the mount of /srv/web1 since [0-9: -]+; choose another"
                + " with --host");
    first.leave();
    FarmLog second = open("web1");
    assertThat(second.lastProducerSequence()).isZero();
    assertThatThrownBy(first::beat).isInstanceOf(Refused.class);
  }

  @Test
  void aLeaseThatRanOutFreesTheName() throws Exception {
    FarmLog first = open("web1");
    postgres.execute("UPDATE trifold.host SET lease_until = clock_timestamp()");
    assertThat(first.hosts()).extracting(HostStatus::live).containsExactly(false);
    first.beat();
    assertThat(first.hosts()).extracting(HostStatus::live).containsExactly(true);
    postgres.execute("UPDATE trifold.host SET lease_until = clock_timestamp()");
    open("web1");
    assertThatThrownBy(() -> append(first, 1, 0, file("a", "a"))).isInstanceOf(Refused.class);
  }

  @Test
  void theHostsTellHowFarTheyAre() throws Exception {
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    append(one, 1, 0, file("a", "a"));
    one.acknowledge(1, 1, 0);
    assertThat(one.hosts()).extracting(HostStatus::name).containsExactly("web1", "web2");
    assertThat(one.hosts()).extracting(HostStatus::position).containsExactly(1L, 0L);
    assertThat(one.hosts().get(0).root()).isEqualTo("/srv/web1");
    assertThat(one.behind(1)).containsExactly("web2");
    two.acknowledge(1, 0, 0);
    assertThat(one.behind(1)).as("passed, but not on the disk").containsExactly("web2");
    two.acknowledge(1, 1, 1);
    assertThat(one.behind(1)).as("parked").containsExactly("web2");
    assertThat(two.behind(1)).isEmpty();
    two.acknowledge(1, 1, 0);
    assertThat(one.behind(1)).isEmpty();
    assertThat(one.behind(2)).containsExactly("web2");
    two.leave();
    assertThat(one.behind(2)).as("not live").isEmpty();
  }

  @Test
  void anotherKeyIsRefused() throws Exception {
    open("web1");
    FarmKey other = FarmKey.loadOrCreate(directory.resolve("other"));
    assertThatThrownBy(
            () -> Queue.open(postgres.settings(), other, TestPostgres.membership("web2")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("copy the key file from another host");
  }

  @Test
  void aTamperedPayloadIsRefused() throws Exception {
    FarmLog log = open("web1");
    append(log, 1, 0, file("a", "a"));
    append(log, 2, 0, file("b", "b"));
    postgres.execute(
        "UPDATE trifold.event SET payload = set_byte(payload, octet_length(payload) - 1, 66)"
            + " WHERE position = 2");
    assertThat(log.read(0, 1)).hasSize(1);
    assertThatThrownBy(() -> log.read(0, 10))
        .isInstanceOfSatisfying(Corrupt.class, e -> assertThat(e.position()).isEqualTo(2))
        .hasMessageContaining("event 2")
        .hasMessageContaining("signature");
    assertThatThrownBy(() -> log.state("b")).isInstanceOf(Corrupt.class);
  }

  @Test
  void columnsThatDifferFromWhatWasSignedAreRefused() throws Exception {
    FarmLog log = open("web1");
    append(log, 1, 0, file("a", "a"));
    postgres.execute("UPDATE trifold.event SET path = 'b'");
    assertThatThrownBy(() -> log.read(0, 10))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("columns");
  }

  @Test
  void aHoleIsDetected() throws Exception {
    FarmLog log = open("web1");
    for (int i = 1; i <= 3; i++) {
      append(log, i, 0, file("f" + i, "x"));
    }
    postgres.execute("DELETE FROM trifold.event WHERE position = 2");
    assertThatThrownBy(() -> log.read(0, 10))
        .isInstanceOfSatisfying(Corrupt.class, e -> assertThat(e.position()).isEqualTo(2));
    assertThatThrownBy(() -> log.read(1, 10)).isInstanceOf(Corrupt.class);
    postgres.execute("DELETE FROM trifold.event WHERE position = 3");
    assertThatThrownBy(() -> log.read(2, 10))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("event 3 is gone");
  }

  @Test
  void anEventThatWasMovedIsDetected() throws Exception {
    FarmLog log = open("web1");
    for (int i = 1; i <= 3; i++) {
      append(log, i, 0, file("f" + i, "x"));
    }
    postgres.execute("UPDATE trifold.event SET position = 99 WHERE position = 1");
    postgres.execute("UPDATE trifold.event SET position = 1 WHERE position = 2");
    postgres.execute("UPDATE trifold.event SET position = 2 WHERE position = 99");
    assertThatThrownBy(() -> log.read(0, 10))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("moved or doubled");
    assertThat(log.read(0, 1)).hasSize(1);
    assertThatThrownBy(() -> log.read(1, 1))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("moved or doubled");
  }

  @Test
  void aLogThatLostItsTailIsDetected() throws Exception {
    FarmLog log = open("web1");
    append(log, 1, 0, file("a", "a"));
    assertThatThrownBy(() -> log.read(5, 10))
        .isInstanceOf(Rewound.class)
        .hasMessageContaining("restored from an older state");
  }

  /** As a restore does while connections stay. */
  private void rewind(long position) throws Exception {
    postgres.execute("DELETE FROM trifold.path_state WHERE position > " + position);
    postgres.execute("DELETE FROM trifold.event WHERE position > " + position);
    postgres.execute("UPDATE trifold.log_head SET position = " + position);
    postgres.execute("UPDATE trifold.producer SET last_sequence = " + position);
  }

  @Test
  void aLogThatLostItsTailAndGrewAgainIsDetectedByReadersAndAppenders() throws Exception {
    FarmLog reader = open("web1");
    FarmLog appender = open("web2");
    FarmLog unaware = open("web3");
    for (int i = 1; i <= 3; i++) {
      append(unaware, i, 0, file("f" + i, "x"));
    }
    assertThat(reader.read(0, 10)).hasSize(3);
    append(appender, 1, 0, file("own", "x"));
    FarmLog fresh = open("web4");
    rewind(2);
    for (int i = 1; i <= 5; i++) {
      append(fresh, i, 0, file("g" + i, "y"));
    }
    assertThatThrownBy(() -> reader.read(3, 10)).isInstanceOf(Rewound.class);
    assertThatThrownBy(() -> append(appender, 2, 0, file("own2", "x"))).isInstanceOf(Rewound.class);
    assertThat(fresh.head().position()).as("nothing of it was appended").isEqualTo(7);
  }

  @Test
  void hostsAgreeOnOneNewEpochAndOnWhoPutsBackWhat() throws Exception {
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    append(one, 1, 0, file("a", "a"));
    UUID before = one.epoch();
    one.recovery().beginEpoch();
    two.recovery().beginEpoch();
    assertThatThrownBy(() -> two.read(0, 10)).isInstanceOf(Rewound.class);
    FarmLog after = open("web3");
    FarmLog afterToo = open("web4");
    assertThat(after.epoch()).isNotEqualTo(before).isEqualTo(afterToo.epoch());
    assertThat(after.recovery().began()).isEqualTo(1);
    assertThat(after.recovery().farm()).isEqualTo(one.recovery().farm());
    assertThat(after.recovery().claim(Map.of("a", 70L, "b", 70L)))
        .containsExactlyInAnyOrder("a", "b");
    assertThat(afterToo.recovery().claim(Map.of("a", 90L, "b", 60L, "c", 5L)))
        .containsExactlyInAnyOrder("a", "c");
    assertThat(after.recovery().claim(Map.of("a", 70L, "b", 70L)))
        .as("asked again, as after a reply that was lost")
        .containsExactly("b");
    assertThat(after.recovery().claim(Map.of("c", 5L))).as("not put back yet").containsExactly("c");
    assertThat(putBack(afterToo, 1, 5, file("c", "x"))).isEqualTo(new Outcome(2, 0));
    assertThat(after.recovery().claim(Map.of("c", 5L))).as("put back").isEmpty();
  }

  @Test
  void ofLostVersionsTheNewestStandsWhicheverIsPutBackFirst() throws Exception {
    open("web0").recovery().beginEpoch();
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    one.recovery().claim(Map.of("a", 70L, "b", 70L, "c", 70L));
    two.recovery().claim(Map.of("a", 90L, "b", 90L));

    Outcome newest = putBack(two, 1, 90, file("a", "newest"));
    Outcome older = putBack(one, 1, 70, file("a", "older"));
    Outcome olderFirst = putBack(one, 2, 70, file("b", "older"));
    Outcome newestLast = putBack(two, 2, 90, file("b", "newest"));
    Outcome alone = putBack(one, 3, 70, file("c", "x"));

    assertThat(newest).isEqualTo(new Outcome(1, 0));
    assertThat(older).isEqualTo(new Outcome(2, 0, Verdict.GAVE_WAY, 1));
    assertThat(olderFirst).isEqualTo(new Outcome(3, 0));
    assertThat(newestLast).isEqualTo(new Outcome(4, 0));
    assertThat(alone).isEqualTo(new Outcome(5, 0));
  }

  @Test
  void theNewestOfLostVersionsStandsHoweverManyHostsHaveIt() throws Exception {
    open("web0").recovery().beginEpoch();
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    FarmLog three = open("web3");
    assertThat(putBack(one, 1, 70, file("a", "older"))).isEqualTo(new Outcome(1, 0));
    assertThat(putBack(two, 1, 70, file("a", "older"))).isEqualTo(new Outcome(2, 0));
    assertThat(putBack(two, 2, 90, file("a", "newest"))).isEqualTo(new Outcome(3, 0));
    assertThat(putBack(three, 1, 90, file("a", "newest"))).isEqualTo(new Outcome(4, 0));
    assertThat(putBack(one, 2, 70, file("a", "older")).verdict()).isEqualTo(Verdict.GAVE_WAY);
  }

  @Test
  void aLostVersionThatSeveralHostsPutBackGivesWayToAChangeOfIt() throws Exception {
    open("web0").recovery().beginEpoch();
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    one.recovery().claim(Map.of("a", 70L));
    two.recovery().claim(Map.of("a", 70L));
    append(two, 1, 0, file("a", "changed"));
    assertThat(putBack(one, 1, 70, file("a", "as it was")))
        .isEqualTo(new Outcome(2, 0, Verdict.GAVE_WAY, 1));
    assertThat(one.read(0, 10)).extracting(Event::verdict).hasSize(2);
  }

  @Test
  void aLostDeleteStandsAsAnyVersionDoes() throws Exception {
    open("web0").recovery().beginEpoch();
    FarmLog one = open("web1");
    FarmLog two = open("web2");

    assertThat(putBack(one, 1, 70, file("a", "x"))).isEqualTo(new Outcome(1, 0));
    assertThat(putBack(two, 1, 90, new Change.Delete("a"))).isEqualTo(new Outcome(2, 0));
    assertThat(putBack(two, 2, 90, new Change.Delete("b"))).isEqualTo(new Outcome(3, 0));
    assertThat(putBack(one, 2, 70, file("b", "x")))
        .isEqualTo(new Outcome(4, 0, Verdict.GAVE_WAY, 3));
    assertThat(two.state("a").orElseThrow().version()).isEqualTo(2);
  }

  @Test
  void aChangeOfALostVersionStandsOverIt() throws Exception {
    open("web0").recovery().beginEpoch();
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    putBack(one, 1, 70, file("a", "x"));
    putBack(one, 2, 90, file("b", "newer"));

    assertThat(append(two, 1, 70, true, new Change.Delete("a"))).isEqualTo(new Outcome(3, 0));
    assertThat(putBack(one, 3, 70, file("a", "x")).verdict()).isEqualTo(Verdict.GAVE_WAY);
    assertThat(append(two, 2, 70, true, new Change.Delete("b")))
        .as("not of the newest: a conflict as any other")
        .isEqualTo(new Outcome(5, 0, Verdict.GAVE_WAY, 2));
  }

  @Test
  void aDraftOfALostVersionThatIsOfferedAgainChangesNothing() throws Exception {
    open("web0").recovery().beginEpoch();
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    List<Draft> draft = List.of(lost(1, 70, false, file("a", "x")));
    List<Outcome> first = one.append(draft);
    putBack(two, 1, 70, file("a", "x"));

    assertThat(one.append(draft)).isEqualTo(first);
    assertThat(one.state("a").orElseThrow().version()).isEqualTo(2);
    assertThat(putBack(two, 2, 90, file("a", "newest"))).isEqualTo(new Outcome(3, 0));
  }

  private static Outcome putBack(FarmLog log, long sequence, long lost, Change change)
      throws QueueException {
    return append(log, sequence, lost, false, change);
  }

  private static Outcome append(
      FarmLog log, long sequence, long lost, boolean changed, Change change) throws QueueException {
    return log.append(List.of(lost(sequence, lost, changed, change))).get(0);
  }

  private static Draft lost(long sequence, long lost, boolean changed, Change change) {
    Draft draft = draft(sequence, 0, change);
    return new Draft(
        draft.id(),
        sequence,
        0,
        change,
        draft.terms(),
        draft.provenance(),
        Optional.of(new Restored(lost, changed)));
  }

  @Test
  void aSessionThatTheDatabaseForgotGoesOn() throws Exception {
    FarmLog log = open("web1");
    postgres.execute(
        "UPDATE trifold.host SET session = gen_random_uuid(),"
            + " session_since = session_since - interval '1 hour'");
    assertThatThrownBy(log::beat).isInstanceOf(QueueException.Unreachable.class);
    log.beat();
    append(log, 1, 0, file("a", "a"));
  }

  @Test
  void anotherEpochIsDetected() throws Exception {
    FarmLog log = open("web1");
    postgres.execute("UPDATE trifold.farm SET epoch = gen_random_uuid()");
    assertThatThrownBy(() -> log.read(0, 10)).isInstanceOf(Rewound.class);
    assertThatThrownBy(() -> append(log, 1, 0, file("a", "a"))).isInstanceOf(Rewound.class);
    assertThatThrownBy(log::head).isInstanceOf(Rewound.class);
  }

  @Test
  void aPageTellsWhereItEndsAndWhereTheLogDoes() throws Exception {
    FarmLog log = open("web1");
    assertThat(log.page(0, 10)).isEqualTo(new EventPage(List.of(), 0, 0));
    for (int i = 1; i <= 3; i++) {
      append(log, i, 0, file("f" + i, "x"));
    }
    EventPage first = log.page(0, 2);
    assertThat(first.events()).extracting(Event::position).containsExactly(1L, 2L);
    assertThat(first.isLast()).isFalse();
    EventPage second = log.page(first.end(), 2);
    assertThat(second.events()).extracting(Event::position).containsExactly(3L);
    assertThat(second.isLast()).isTrue();
    assertThat(log.page(3, 2)).isEqualTo(new EventPage(List.of(), 3, 3));
    postgres.execute("UPDATE trifold.event SET signature = sha256('') WHERE position = 3");
    assertThat(log.skip(3)).contains("f3");
    assertThat(open("web2").page(2, 2)).isEqualTo(new EventPage(List.of(), 3, 3));
  }

  @Test
  void whatAnOperatorSkipsIsPassedOverByAllAndNothingElse() throws Exception {
    FarmLog log = open("web1");
    for (int i = 1; i <= 4; i++) {
      append(log, i, 0, file("f" + i, "x"));
    }
    postgres.execute("UPDATE trifold.event SET signature = sha256('') WHERE position = 2");
    postgres.execute("DELETE FROM trifold.event WHERE position = 3");
    assertThatThrownBy(() -> log.read(0, 10)).isInstanceOf(Corrupt.class);
    assertThat(log.skip(2)).contains("f2");
    assertThatThrownBy(() -> log.read(0, 10))
        .isInstanceOfSatisfying(Corrupt.class, e -> assertThat(e.position()).isEqualTo(3));
    assertThat(log.skip(3)).isEmpty();
    assertThat(open("web2").read(0, 10)).extracting(Event::position).containsExactly(1L, 4L);
    assertThat(log.state("f2")).isEmpty();
    postgres.execute("UPDATE trifold.event SET payload = payload || 'x' WHERE position = 2");
    assertThatThrownBy(() -> open("web3").read(0, 10)).isInstanceOf(Corrupt.class);
    postgres.execute(
        "INSERT INTO trifold.skipped SELECT epoch, 2, sha256('x'), 'evil', now(), 'forged'"
            + " FROM trifold.farm");
    assertThatThrownBy(() -> open("web4").read(0, 10)).isInstanceOf(Corrupt.class);
  }

  @Test
  void hostsAskEachOtherToVerify() throws Exception {
    FarmLog one = open("web1");
    FarmLog two = open("web2");
    append(one, 1, 0, file("d", "a"));
    append(one, 2, 0, file("d/a", "a"));
    append(one, 3, 0, file("d-b", "a"));
    append(one, 4, 3, file("d-b", "changed"));
    Verifications here = one.verifications();
    assertThat(here.versions("", "", 2)).extracting(PathVersion::path).containsExactly("d", "d-b");
    assertThat(here.versions("", "d-b", 2)).extracting(PathVersion::path).containsExactly("d/a");
    assertThat(here.versions("d", "", 9)).extracting(PathVersion::path).containsExactly("d", "d/a");
    assertThat(here.versions("d", "d", 9)).extracting(PathVersion::path).containsExactly("d/a");
    assertThat(here.versions("nothing", "", 9)).isEmpty();
    assertThat(here.versionAt("d-b", 3)).map(PathVersion::version).contains(3L);
    assertThat(here.versionAt("d-b", 9)).map(PathVersion::version).contains(4L);
    assertThat(here.versionAt("d-b", 2)).isEmpty();
    assertThat(two.verifications().unanswered()).isEmpty();
    Verification slow = here.ask("", false);
    Verification asked = here.ask("d", true);
    assertThat(asked.position()).isEqualTo(4);
    assertThat(two.verifications().unanswered()).contains(asked);
    two.verifications().answer(asked, Digest.sha256(new byte[1]), 2, 10, 0);
    assertThat(two.verifications().unanswered()).contains(slow);
    assertThat(here.unanswered()).contains(asked);
    assertThat(here.answers(asked))
        .singleElement()
        .satisfies(answer -> assertThat(answer.host()).isEqualTo("web2"));
    assertThat(here.isLatest(4)).isTrue();
    assertThat(here.isLatest(3)).isFalse();
  }

  private static List<Chunk> store(FarmLog log, List<byte[]> contents) throws Exception {
    List<ChunkData> chunks = contents.stream().map(ChunkData::of).toList();
    log.store(chunks);
    return chunks.stream().map(ChunkData::chunk).toList();
  }

  @Test
  void chunksComeBackAsTheyWere() throws Exception {
    FarmLog log = open("web1");
    Random random = new Random(7);
    byte[] noise = new byte[1 << 20];
    random.nextBytes(noise);
    byte[] zeros = new byte[FarmLog.MAX_CHUNK_LENGTH];
    byte[] one = {42};
    List<Chunk> chunks = store(log, List.of(noise, zeros, one, noise));
    assertThat(chunks).extracting(Chunk::length).containsExactly(1 << 20, zeros.length, 1, 1 << 20);
    assertThat(log.fetch(chunks.get(0))).isEqualTo(noise);
    assertThat(log.fetch(chunks.get(1))).isEqualTo(zeros);
    assertThat(log.fetch(chunks.get(2))).isEqualTo(one);
    Digest unknown = Digest.sha256("unknown".getBytes(StandardCharsets.UTF_8));
    assertThat(log.missing(List.of(chunks.get(0).digest(), unknown))).containsExactly(unknown);
    assertThatThrownBy(() -> log.fetch(new Chunk(unknown, 5)))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("gone");
  }

  @Test
  void manyLargeChunksAreStoredInSeveralTransactions() throws Exception {
    FarmLog log = open("web1");
    Random random = new Random(8);
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      byte[] content = new byte[1 << 20];
      random.nextBytes(content);
      contents.add(content);
    }
    List<Chunk> chunks = store(log, contents);
    for (int i = 0; i < contents.size(); i++) {
      assertThat(log.fetch(chunks.get(i))).isEqualTo(contents.get(i));
    }
  }

  @Test
  void aChunkThatIsNotItsDigestsOrLongerThanToldIsRefused() throws Exception {
    FarmLog log = open("web1");
    Chunk chunk = store(log, List.of(new byte[100_000])).get(0);
    assertThatThrownBy(() -> log.fetch(new Chunk(chunk.digest(), 10))).isInstanceOf(Corrupt.class);
    assertThatThrownBy(() -> log.fetch(new Chunk(chunk.digest(), 99_999)))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("decompress");
    postgres.execute("UPDATE trifold.chunk SET encoding = 0, data = decode('00', 'hex')");
    assertThatThrownBy(() -> log.fetch(chunk))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining(chunk.digest().toString());
  }

  @Test
  void anAppendThatNamesMissingChunksSaysWhich() throws Exception {
    FarmLog log = open("web1");
    Chunk stored = store(log, List.of("stored".getBytes(StandardCharsets.UTF_8))).get(0);
    Chunk absent = new Chunk(Digest.sha256("absent".getBytes(StandardCharsets.UTF_8)), 6);
    PutFile file =
        new PutFile(
            "big", METADATA, 12, Digest.sha256(new byte[0]), new Chunked(List.of(stored, absent)));
    assertThatThrownBy(() -> append(log, 1, 0, file))
        .isInstanceOfSatisfying(
            MissingChunks.class, e -> assertThat(e.digests()).isEqualTo(Set.of(absent.digest())));
    store(log, List.of("absent".getBytes(StandardCharsets.UTF_8)));
    assertThat(append(log, 1, 0, file)).isEqualTo(new Outcome(1, 0));
    assertThat(log.read(0, 1).get(0).change()).isEqualTo(file);
  }

  @Test
  void pathStatesComeInByteOrderWithTombstonesAndPathsLongerThanAnIndexEntry() throws Exception {
    FarmLog log = open("web1");
    Random random = new Random(9);
    List<String> paths = new ArrayList<>(List.of("b", "a", "a/x", "ä", "a\uDC80", "a-", "𐍈"));
    for (int i = 0; i < 5; i++) {
      StringBuilder path = new StringBuilder("deep");
      for (int level = 0; level < 16; level++) {
        path.append('/');
        for (int c = 0; c < 250; c++) {
          path.append((char) ('a' + random.nextInt(26)));
        }
      }
      paths.add(path.toString());
    }
    long sequence = 0;
    List<Draft> drafts = new ArrayList<>();
    for (String path : paths) {
      drafts.add(draft(++sequence, 0, file(path, path)));
    }
    drafts.add(draft(++sequence, 0, new Delete("b")));
    log.append(drafts);
    List<PathState> states = new ArrayList<>();
    String after = "";
    while (true) {
      List<PathState> page = log.states(after, 5);
      states.addAll(page);
      if (page.size() < 5) {
        break;
      }
      after = page.get(page.size() - 1).path();
    }
    List<String> sorted = new ArrayList<>(paths);
    sorted.sort(
        (left, right) ->
            java.util.Arrays.compareUnsigned(
                io.trifold.rules.FileNames.encode(left), io.trifold.rules.FileNames.encode(right)));
    assertThat(states).extracting(PathState::path).containsExactlyElementsOf(sorted);
    assertThat(log.state("b").orElseThrow().event().change()).isEqualTo(new Delete("b"));
    assertThat(log.state("nowhere")).isEmpty();
  }

  @Test
  void hostsThatOpenANewFarmAtOnceFindTheSameFarm() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<FarmLog>> opening = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Membership membership = TestPostgres.membership("web" + i);
        opening.add(threads.submit(() -> Queue.open(postgres.settings(), key, membership)));
      }
      for (Future<FarmLog> opened : opening) {
        logs.add(opened.get());
      }
      assertThat(logs).extracting(FarmLog::epoch).containsOnly(logs.get(0).epoch());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void restartsOfTheServerInTheMiddleOfAppendsNeitherLoseNorDouble() throws Exception {
    FarmLog log = open("web1");
    int count = 300;
    ExecutorService thread = Executors.newSingleThreadExecutor();
    LinkedBlockingQueue<Long> heads = new LinkedBlockingQueue<>();
    try (HeadWatch watch = new HeadWatch(postgres.settings(), heads::add)) {
      Future<List<UUID>> appended =
          thread.submit(
              () -> {
                List<UUID> ids = new ArrayList<>();
                for (int i = 1; i <= count; i++) {
                  Draft draft = draft(i, 0, file("f" + i % 7, "x" + i));
                  ids.add(draft.id());
                  appendUntilItIsRecorded(log, draft);
                }
                return ids;
              });
      for (long seen = 50; seen <= 250; seen += 100) {
        while (heads.take() < seen) {
          assertThat(watch).isNotNull();
        }
        if (seen == 150) {
          postgres.crash();
        } else {
          postgres.stop();
        }
        postgres.start();
      }
      List<UUID> ids = appended.get();
      assertThat(readAll(log, count)).extracting(Event::id).isEqualTo(ids);
      assertThat(log.head().position()).isEqualTo(count);
      assertThat(log.reachable()).isTrue();
    } finally {
      thread.shutdownNow();
    }
  }

  private static void appendUntilItIsRecorded(FarmLog log, Draft draft) throws QueueException {
    while (true) {
      try {
        log.append(List.of(draft));
        return;
      } catch (Unreachable e) {
        assertThat(log.reachable()).isFalse();
      }
    }
  }

  /** The plans are kept, and are made when the tables are young and without statistics. */
  @Test
  void anAppendLooksUpWhatItAppendsAndNoMore() throws Exception {
    FarmLog log = open("web1");
    long sequence = 0;
    int batches = 12;
    int size = 200;
    for (int batch = 0; batch < batches; batch++) {
      List<Draft> drafts = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        drafts.add(draft(++sequence, 0, new Delete("f" + i)));
      }
      log.append(drafts);
    }
    log.close();
    assertThat(entriesReadOfTheEventIndexes()).isBetween(sequence, 4 * sequence - 1);
  }

  /** The same for who reads. */
  @Test
  void aReaderLooksAtWhatFollowsAndNoMore() throws Exception {
    FarmLog writer = open("web1");
    FarmLog reader = open("web2");
    long events = 300;
    for (long position = 0; position < events; position++) {
      assertThat(reader.read(position, 500)).isEmpty();
      append(writer, position + 1, 0, new Delete("f" + position));
      assertThat(reader.read(position, 500)).hasSize(1);
    }
    reader.close();
    writer.close();
    long read =
        entriesReadOfTheEventIndexes()
            + number(
                "SELECT coalesce(sum(seq_tup_read), 0)::bigint FROM pg_stat_user_tables"
                    + " WHERE schemaname = 'trifold' AND relname ~ '^event_[0-9]+$'");
    assertThat(read).isBetween(events, 12 * events - 1);
  }

  private long entriesReadOfTheEventIndexes() throws Exception {
    awaitTheEndOfSessions();
    return number(
        "SELECT coalesce(sum(idx_tup_read), 0)::bigint FROM pg_stat_user_indexes"
            + " WHERE schemaname = 'trifold' AND relname ~ '^event_[0-9]+$'");
  }

  /** What a session has counted is there when it has ended. */
  private void awaitTheEndOfSessions() throws Exception {
    String others =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    while (number(others) > 0) {
      Thread.sleep(10);
    }
  }

  private long number(String select) throws Exception {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(select)) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void aDatabaseThatIsAwayIsToldOnOneLine() throws Exception {
    FarmLog log = open("web1");
    postgres.stop();
    try {
      assertThatThrownBy(log::head)
          .isInstanceOf(Unreachable.class)
          .hasMessageContaining("connection refused")
          .hasMessageNotContaining("\n");
      assertThat(log.reachable()).isFalse();
    } finally {
      postgres.start();
    }
    assertThat(log.head().position()).isZero();
    assertThat(log.reachable()).isTrue();
  }
}
