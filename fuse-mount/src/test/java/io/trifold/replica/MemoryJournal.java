package io.trifold.replica;

import io.trifold.posix.Stat;
import io.trifold.queue.Digest;
import io.trifold.rules.FileNames;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A journal in memory, which outlives the processes that use it: all of a commit is in it, or
 * nothing. {@code JournalsTest} holds it against the real one.
 */
public final class MemoryJournal implements Journal {
  private static final Comparator<String> BYTES =
      Comparator.comparing(FileNames::encode, Arrays::compareUnsigned);

  private final UUID incarnation;
  private final TreeMap<String, IndexEntry> entries = new TreeMap<>(BYTES);
  private final TreeMap<String, Mark> marks = new TreeMap<>(BYTES);
  private final TreeMap<String, Unapplied> unapplied = new TreeMap<>(BYTES);
  private final TreeMap<String, LostVersion> lost = new TreeMap<>(BYTES);
  private final Map<Counter, Long> counts = new EnumMap<>(Counter.class);
  private Standing standing = new Standing(Optional.empty(), 0, Optional.empty(), false);
  private Optional<UUID> farm = Optional.empty();
  private String boot = "";
  private List<IndexEntry> placing = List.of();
  private long sent;

  public MemoryJournal(UUID incarnation) {
    this.incarnation = incarnation;
  }

  /** The same again: what a copy of the state directory is, incarnation and all. */
  public MemoryJournal copy() {
    MemoryJournal copy = new MemoryJournal(incarnation);
    copy.entries.putAll(entries);
    copy.marks.putAll(marks);
    copy.unapplied.putAll(unapplied);
    copy.lost.putAll(lost);
    copy.counts.putAll(counts);
    copy.standing = standing;
    copy.farm = farm;
    copy.boot = boot;
    copy.placing = placing;
    copy.sent = sent;
    return copy;
  }

  public long position() {
    return standing.position();
  }

  public boolean isMarked(String path) {
    return marks.containsKey(path);
  }

  /** Of the path in the index; 0 if it has none. */
  public long version(String path) {
    return entry(path).map(IndexEntry::version).orElse(0L);
  }

  /** Whether what was found at the path looks as it did when it was last in sync. */
  public boolean matches(String path, Optional<Stat> found) {
    return entry(path).map(entry -> entry.matches(found)).orElse(found.isEmpty());
  }

  /** What the index has of a path, in one word and a digest. */
  public String indexed(String path) {
    State state = entry(path).map(IndexEntry::state).orElse(State.ABSENT);
    return switch (state.kind()) {
      case ABSENT -> "nothing";
      case DIRECTORY -> "directory";
      case SYMLINK -> "link to " + state.target();
      case FILE -> "file " + state.digest().orElseThrow().toString().substring(0, 12);
    };
  }

  @Override
  public UUID incarnation() {
    return incarnation;
  }

  @Override
  public Optional<UUID> farm() {
    return farm;
  }

  @Override
  public long newest() {
    return entries.values().stream().mapToLong(IndexEntry::version).max().orElse(0);
  }

  @Override
  public Standing standing() {
    return standing;
  }

  @Override
  public Optional<IndexEntry> entry(String path) {
    return Optional.ofNullable(entries.get(path));
  }

  @Override
  public List<IndexEntry> below(String directory, String after, int limit) {
    return entries.values().stream()
        .filter(entry -> entry.state().exists() && PathNames.isBelow(entry.path(), directory))
        .filter(entry -> after.isEmpty() || BYTES.compare(entry.path(), after) > 0)
        .limit(limit)
        .toList();
  }

  @Override
  public List<IndexEntry> tombstones(String after, int limit) {
    return entries.values().stream()
        .filter(entry -> !entry.state().exists())
        .filter(entry -> after.isEmpty() || BYTES.compare(entry.path(), after) > 0)
        .limit(limit)
        .toList();
  }

  @Override
  public List<IndexEntry> withContent(Digest content, int limit) {
    return entries.values().stream()
        .filter(entry -> entry.state().digest().filter(content::equals).isPresent())
        .limit(limit)
        .toList();
  }

  @Override
  public List<IndexEntry> linked(UUID link) {
    return entries.values().stream()
        .filter(entry -> entry.state().link().filter(link::equals).isPresent())
        .toList();
  }

  @Override
  public List<IndexEntry> linked(long inode) {
    return entries.values().stream()
        .filter(entry -> entry.state().link().isPresent())
        .filter(entry -> entry.signature().filter(disk -> disk.inode() == inode).isPresent())
        .toList();
  }

  @Override
  public long existing() {
    return entries.values().stream().filter(entry -> entry.state().exists()).count();
  }

  @Override
  public List<IndexEntry> sample(int limit) {
    List<IndexEntry> all =
        entries.values().stream().filter(entry -> entry.state().exists()).toList();
    int every = Math.max(1, all.size() / limit);
    return IntStream.rangeClosed(1, all.size() / every)
        .mapToObj(nr -> all.get(nr * every - 1))
        .limit(limit)
        .toList();
  }

  @Override
  public List<Mark> marks() {
    return marks.values().stream().sorted(Comparator.comparingLong(Mark::order)).toList();
  }

  @Override
  public Optional<Unapplied> unapplied(String path) {
    return Optional.ofNullable(unapplied.get(path));
  }

  private Stream<Unapplied> byPosition() {
    return unapplied.values().stream().sorted(Comparator.comparingLong(Unapplied::position));
  }

  @Override
  public List<Unapplied> waiting() {
    return byPosition()
        .filter(
            row ->
                switch (row.cause()) {
                  case DEFERRED, FETCHED, OVERRULED, REINSTATED, PARKED -> true;
                  case UNBOUND, REFUSED -> false;
                })
        .toList();
  }

  @Override
  public List<Unapplied> unbound() {
    return byPosition().filter(row -> row.cause() == Unapplied.Cause.UNBOUND).toList();
  }

  @Override
  public Optional<LostVersion> lost(String path) {
    return Optional.ofNullable(lost.get(path));
  }

  @Override
  public long count(Counter counter) {
    return counts.getOrDefault(counter, 0L);
  }

  @Override
  public String boot() {
    return boot;
  }

  @Override
  public List<IndexEntry> placing() {
    return placing;
  }

  @Override
  public void notePlacing(Collection<IndexEntry> noted) {
    placing = List.copyOf(noted);
  }

  @Override
  public OptionalLong sent() {
    return OptionalLong.of(sent);
  }

  @Override
  public void noteSent(long sequence) {
    sent = sequence;
  }

  @Override
  public void commit(JournalUpdate update) {
    if (update.endsPlacing()) {
      placing = List.of();
    }
    update.marked().forEach(mark -> marks.put(mark.path(), mark));
    for (Mark mark : update.captured()) {
      marks.computeIfPresent(
          mark.path(), (path, there) -> there.generation() <= mark.generation() ? null : there);
    }
    update.entries().forEach(entry -> entries.put(entry.path(), entry));
    update
        .entriesIfNewer()
        .forEach(
            entry ->
                entries.merge(
                    entry.path(),
                    entry,
                    (there, noted) -> there.version() >= noted.version() ? there : noted));
    update.entries().forEach(entry -> lost.remove(entry.path()));
    update.entriesIfNewer().forEach(entry -> lost.remove(entry.path()));
    update.lost().forEach(version -> lost.put(version.path(), version));
    update.unapplied().forEach(row -> unapplied.merge(row.path(), row, MemoryJournal::merged));
    update
        .caughtUp()
        .forEach(
            (path, version) ->
                unapplied.computeIfPresent(
                    path, (same, there) -> there.position() <= version ? null : there));
    update.counts().forEach((counter, more) -> counts.merge(counter, more, Long::sum));
    farm = update.farm().or(() -> farm);
    boot = update.boot().orElse(boot);
    update.standing().ifPresent(now -> standing = merged(now));
  }

  /**
   * That the log's version is to stand here is not forgotten because it could not be placed yet.
   */
  private static Unapplied merged(Unapplied there, Unapplied row) {
    boolean stays =
        there.cause() == Unapplied.Cause.REINSTATED
            && switch (row.cause()) {
              case DEFERRED, FETCHED, PARKED -> true;
              default -> false;
            }
            && row.position() <= there.position();
    return stays
        ? new Unapplied(
            row.path(), row.position(), there.cause(), row.reason(), row.since(), row.attempts())
        : row;
  }

  /** What is known for good is not forgotten by an update that does not tell it. */
  private Standing merged(Standing now) {
    return new Standing(
        now.epoch().or(standing::epoch),
        now.position(),
        now.event(),
        now.joined() || standing.joined());
  }

  @Override
  public void close() {}
}
