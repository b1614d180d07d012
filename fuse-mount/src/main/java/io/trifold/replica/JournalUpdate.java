package io.trifold.replica;

import io.trifold.replica.Journal.Counter;
import io.trifold.replica.Journal.Standing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What is to change in the journal in one transaction. Of one thread. */
final class JournalUpdate {
  private final List<Mark> marked = new ArrayList<>();
  private final List<Mark> captured = new ArrayList<>();
  private final Map<String, IndexEntry> entries = new LinkedHashMap<>();
  private final Map<String, IndexEntry> ifNewer = new LinkedHashMap<>();
  private final Map<String, Unapplied> unapplied = new LinkedHashMap<>();
  private final Map<String, Long> caughtUp = new LinkedHashMap<>();
  private final List<LostVersion> lost = new ArrayList<>();
  private final Map<Counter, Long> counts = new EnumMap<>(Counter.class);
  private Optional<UUID> farm = Optional.empty();
  private Optional<Standing> standing = Optional.empty();
  private Optional<String> boot = Optional.empty();
  private boolean placed;

  /** Records marks. */
  JournalUpdate mark(Collection<Mark> marks) {
    marked.addAll(marks);
    return this;
  }

  /** Forgets a mark, unless the path was marked again since. */
  JournalUpdate captured(Mark mark) {
    captured.add(mark);
    return this;
  }

  JournalUpdate index(IndexEntry entry) {
    entries.put(entry.path(), entry);
    return this;
  }

  /**
   * Sets the entry unless the index has this version of the path, or a later one, when the update
   * is committed: for who has not the path at work, and may come after who has it.
   */
  JournalUpdate indexIfNewer(IndexEntry entry) {
    ifNewer.put(entry.path(), entry);
    return this;
  }

  /**
   * The path is in this version as far as the log goes; what stands there is still to be looked at.
   */
  JournalUpdate recognised(String path, long version, State state) {
    return index(new IndexEntry(path, version, state, Optional.empty())).caughtUp(path, version);
  }

  JournalUpdate unapplied(Unapplied event) {
    unapplied.put(event.path(), event);
    caughtUp.remove(event.path());
    return this;
  }

  /**
   * Has apply place the log's version of a path over just what stands there now, be it of this host
   * itself.
   *
   * @param there what stands there, which is no change of this host's; absent if its content is not
   *     to be relied on
   * @param signature of what stands there; empty if nothing does
   * @param position up to which events of the path are not what stands there
   */
  JournalUpdate reinstate(
      String path,
      State there,
      Optional<Signature> signature,
      long position,
      String reason,
      Instant now) {
    index(new IndexEntry(path, 0, there, signature));
    return unapplied(new Unapplied(path, position, Unapplied.Cause.REINSTATED, reason, now, 1));
  }

  /** The path is as the log says at this version: what was unapplied up to it is settled. */
  JournalUpdate caughtUp(String path, long version) {
    unapplied.remove(path);
    caughtUp.put(path, version);
    return this;
  }

  /** Records it until another update sets the path's entry. */
  JournalUpdate lost(LostVersion version) {
    lost.add(version);
    return this;
  }

  JournalUpdate count(Counter counter, long more) {
    counts.merge(counter, more, Long::sum);
    return this;
  }

  JournalUpdate standing(Standing now) {
    standing = Optional.of(now);
    return this;
  }

  /** As {@link Journal#boot} says. */
  JournalUpdate boot(String now) {
    boot = Optional.of(now);
    return this;
  }

  /** What was noted as about to be placed is done with. */
  JournalUpdate placed() {
    placed = true;
    return this;
  }

  JournalUpdate farm(UUID joined) {
    farm = Optional.of(joined);
    return this;
  }

  /** The entry that this update sets, if any. */
  Optional<IndexEntry> entry(String path) {
    return Optional.ofNullable(entries.getOrDefault(path, ifNewer.get(path)));
  }

  /** The record that this update makes, if any. */
  Optional<Unapplied> unapplied(String path) {
    return Optional.ofNullable(unapplied.get(path));
  }

  boolean isEmpty() {
    return marked.isEmpty()
        && captured.isEmpty()
        && entries.isEmpty()
        && ifNewer.isEmpty()
        && unapplied.isEmpty()
        && caughtUp.isEmpty()
        && lost.isEmpty()
        && counts.isEmpty()
        && farm.isEmpty()
        && boot.isEmpty()
        && standing.isEmpty()
        && !placed;
  }

  List<Mark> marked() {
    return marked;
  }

  List<Mark> captured() {
    return captured;
  }

  Collection<IndexEntry> entries() {
    return entries.values();
  }

  Collection<IndexEntry> entriesIfNewer() {
    return ifNewer.values();
  }

  Collection<Unapplied> unapplied() {
    return unapplied.values();
  }

  Map<String, Long> caughtUp() {
    return caughtUp;
  }

  List<LostVersion> lost() {
    return lost;
  }

  Map<Counter, Long> counts() {
    return counts;
  }

  Optional<UUID> farm() {
    return farm;
  }

  Optional<String> boot() {
    return boot;
  }

  boolean endsPlacing() {
    return placed;
  }

  Optional<Standing> standing() {
    return standing;
  }
}
