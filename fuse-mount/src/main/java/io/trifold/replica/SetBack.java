package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Event;
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
 * noted as taken; but it was noted as offered, and all that it was made of is on the disk.
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

  /** What this host once put at a path. */
  private record Version(long position, State state) {}

  /**
   * To be run before anything is applied or captured.
   *
   * @param restarted whether the machine went down since: then what the journal has not noted as
   *     taken may be missing from the disk, too
   * @return how many paths are brought back
   */
  int run(boolean restarted) throws ErrnoException, QueueException {
    long last = log.lastProducerSequence();
    OptionalLong sent = journal.sent();
    long known = restarted ? 0 : sent.orElse(last);
    int paths = 0;
    if (last > known) {
      JournalUpdate update = new JournalUpdate();
      paths = bringBack(unknown(known), update);
      journal.commit(update);
    }
    if (sent.isEmpty() || last > sent.getAsLong()) {
      journal.noteSent(last);
    }
    return paths;
  }

  /** What this host put into the log behind its position, with numbers behind this one. */
  private Map<String, List<Version>> unknown(long sent) throws QueueException {
    Map<String, List<Version>> versions = new LinkedHashMap<>();
    long position = journal.standing().position();
    try {
      for (List<Event> page = log.read(position, PAGE);
          !page.isEmpty();
          page = log.read(position, PAGE)) {
        for (Event event : page) {
          if (event.incarnation().equals(journal.incarnation())
              && event.provenance().taken()
              && event.producerSequence() > sent) {
            versions
                .computeIfAbsent(event.offered(), path -> new ArrayList<>())
                .add(new Version(event.position(), State.after(event.change())));
          }
        }
        position = page.get(page.size() - 1).position();
      }
    } catch (QueueException.TooOld e) {
      LOG.info("the log begins behind this host's position: {}", e.getMessage());
    }
    return versions;
  }

  private int bringBack(Map<String, List<Version>> unknown, JournalUpdate update)
      throws ErrnoException, QueueException {
    long head = log.head().position();
    int count = 0;
    for (Map.Entry<String, List<Version>> entry : unknown.entrySet()) {
      String path = entry.getKey();
      if (isOlder(path, entry.getValue(), update)) {
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
      }
    }
    return count;
  }

  /** Whether what stands at the path is from before the last of these versions. */
  private boolean isOlder(String path, List<Version> versions, JournalUpdate update)
      throws ErrnoException {
    Version latest = versions.get(versions.size() - 1);
    Optional<IndexEntry> known = journal.entry(path);
    if (!PathNames.valid(path)
        || !latest.state().kind().travels(PathNames.rules(rules, path))
        || known.filter(entry -> entry.version() >= latest.position()).isPresent()
        || journal
            .unapplied(path)
            .filter(row -> row.cause() == Unapplied.Cause.REINSTATED)
            .isPresent()) {
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
