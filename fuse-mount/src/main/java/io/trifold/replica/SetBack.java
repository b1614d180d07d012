package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Event;
import io.trifold.queue.EventPage;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import io.trifold.rules.RuleState;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what the log has of this host and what neither its disk nor its journal knows of: the
 * machine was set back to an older state of both, or was copied and the original went on, or it
 * lost its power before it had noted what the log had taken. To take the older disk for a newer
 * change would take back, on every host, what was done here since: instead the log's version is
 * brought back.
 *
 * <p>A process that was merely killed may have left one batch in the log that its journal has not
 * noted as taken; but it was noted as offered, and all that it was made of is on the disk. It is
 * noted now, before apply meets what others did to the same paths before it: that has been
 * replaced.
 *
 * <p>It touches the journal alone: apply does the rest. After a crash of the process it is done
 * again.
 */
final class SetBack {
  private static final Logger LOG = LoggerFactory.getLogger(SetBack.class);
  private static final int PAGE = 500;

  private final Disk disk;
  private final RuleState rules;
  private final Journal journal;
  private final FarmLog log;
  private final InstantSource clock;

  SetBack(Disk disk, RuleState rules, Journal journal, FarmLog log, InstantSource clock) {
    this.disk = disk;
    this.rules = rules;
    this.journal = journal;
    this.log = log;
    this.clock = clock;
  }

  /**
   * What this host once put at a path.
   *
   * @param stands whether it is what the log has of the path, and was on this disk
   */
  private record Version(long position, long sequence, State state, boolean stands) {}

  /**
   * To be run before anything is applied or captured.
   *
   * @param last after a loss of power, what the journal has not noted as taken may be missing from
   *     the disk, too
   * @return how many paths are brought back
   */
  int run(LastRun last) throws ErrnoException, QueueException {
    long end = log.lastProducerSequence();
    OptionalLong sent = journal.sent();
    long known = last == LastRun.LOST_POWER ? 0 : sent.orElse(end);
    int paths = 0;
    if (end > known || last == LastRun.KILLED) {
      JournalUpdate update = new JournalUpdate();
      paths = compare(own(), known, update);
      journal.commit(update);
    }
    if (sent.isEmpty() || end > sent.getAsLong()) {
      journal.noteSent(end);
    }
    return paths;
  }

  /** What this host put into the log behind its position. */
  private Map<String, List<Version>> own() throws QueueException {
    Map<String, List<Version>> versions = new LinkedHashMap<>();
    long position = journal.standing().position();
    try {
      EventPage page;
      do {
        page = log.page(position, PAGE);
        for (Event event : page.events()) {
          if (event.incarnation().equals(journal.incarnation()) && event.provenance().taken()) {
            versions
                .computeIfAbsent(event.offered(), path -> new ArrayList<>())
                .add(
                    new Version(
                        event.position(),
                        event.producerSequence(),
                        State.after(event.change()),
                        event.standsAtProducer()));
          }
        }
        position = page.end();
      } while (!page.isLast());
    } catch (QueueException.TooOld e) {
      LOG.info("the log begins behind this host's position: {}", e.getMessage());
    }
    return versions;
  }

  private int compare(Map<String, List<Version>> own, long noted, JournalUpdate update)
      throws ErrnoException, QueueException {
    long head = log.head().position();
    int count = 0;
    for (Map.Entry<String, List<Version>> entry : own.entrySet()) {
      String path = entry.getKey();
      List<Version> versions = entry.getValue();
      if (!PathNames.valid(path)) {
        continue;
      }
      Optional<IndexEntry> known = journal.entry(path);
      if (isNoted(path, known, versions.get(versions.size() - 1))) {
        continue;
      }
      List<Version> unknown = versions.stream().filter(each -> each.sequence() > noted).toList();
      if (!unknown.isEmpty() && isOlder(path, known, unknown, update)) {
        update.unapplied(
            new Unapplied(
                path,
                head,
                Unapplied.Cause.REINSTATED,
                "as the disk is older than what was sent from here",
                clock.instant(),
                1));
        LOG.warn("{} is older here than what this host has sent: the log's version stands", path);
        count++;
      } else {
        recognise(path, known, versions, update);
      }
    }
    return count;
  }

  /** Whether the journal has the version, or a later one, or has it brought to the disk anyway. */
  private boolean isNoted(String path, Optional<IndexEntry> known, Version version) {
    return known.filter(entry -> entry.version() >= version.position()).isPresent()
        || journal
            .unapplied(path)
            .filter(row -> row.cause() == Unapplied.Cause.REINSTATED)
            .isPresent();
  }

  /** What was made of it since, capture finds. */
  private static void recognise(
      String path, Optional<IndexEntry> known, List<Version> versions, JournalUpdate update) {
    long noted = known.map(IndexEntry::version).orElse(0L);
    versions.stream()
        .filter(version -> version.stands() && version.position() > noted)
        .reduce((earlier, later) -> later)
        .ifPresent(version -> update.recognised(path, version.position(), version.state()));
  }

  /** Whether what stands at the path is from before the last of these versions. */
  private boolean isOlder(
      String path, Optional<IndexEntry> known, List<Version> versions, JournalUpdate update)
      throws ErrnoException {
    Version latest = versions.get(versions.size() - 1);
    if (!latest.state().kind().travels(PathNames.rules(rules, path))) {
      return false;
    }
    Optional<Stat> found = disk.look(path);
    if (known.map(entry -> entry.matches(found)).orElse(found.isEmpty())) {
      return true;
    }
    // A change that was under way when the state was saved: later it was sent, and followed by
    // others.
    Optional<State> there =
        found.isEmpty() ? Optional.of(State.ABSENT) : Aftermath.state(disk, path, found.get());
    Optional<Version> version =
        there.flatMap(state -> among(versions.subList(0, versions.size() - 1), state));
    if (version.isPresent()) {
      Version was = version.get();
      update.index(new IndexEntry(path, was.position(), was.state(), Optional.empty()));
      return !was.state().sameContent(latest.state());
    }
    return false;
  }

  /**
   * The version that this is: taken for one with other metadata, they would be a change. Unless
   * there is none with all of it; then they are.
   */
  private static Optional<Version> among(List<Version> versions, State there) {
    Optional<Version> alike = Optional.empty();
    for (Version version : versions) {
      if (version.state().equals(there)) {
        return Optional.of(version);
      }
      if (version.state().sameContent(there)) {
        alike = Optional.of(version);
      }
    }
    return alike;
  }
}
