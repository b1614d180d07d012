package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.ContentKey;
import io.trifold.queue.FarmLog;
import io.trifold.queue.PathState;
import io.trifold.queue.PathVersion;
import io.trifold.queue.QueueException;
import io.trifold.queue.Verification;
import io.trifold.replica.PathCheck.Differs;
import io.trifold.replica.PathCheck.Finding;
import io.trifold.replica.PathCheck.Moving;
import io.trifold.replica.PathCheck.Unbound;
import io.trifold.rules.FileNames;
import io.trifold.rules.RuleState;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * One verification: all that the log, the index and the disk have at and below a path. Of one
 * thread.
 *
 * <p>The digest is of the tree as the log had it at the verification's position, however long this
 * takes and whatever changes meanwhile: a path that was found to be as the log has it <em>now</em>
 * counts as the version that the log had of it <em>then</em>.
 */
final class VerifyPass {
  private static final int PAGE = 1000;
  private static final int MOST_AGAIN = 10_000;
  private static final int MOST_DIVERGENCES = 1000;
  private static final int ROUNDS = 8;
  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final Comparator<String> BY_BYTES =
      Comparator.comparing(FileNames::encode, Arrays::compareUnsigned);

  private final Disk disk;
  private final RuleState rules;
  private final Journal journal;
  private final PathCheck check;
  private final Pace pace;
  private final InstantSource clock;

  private Verification verification;
  private FarmLog log;
  private VerifyProgress progress;
  private TreeDigest digest;
  private long paths;
  private long bytes;
  private long unbound;
  private long moving;
  private long divergent;
  private long missing;
  private Set<String> again;
  private List<Divergence> divergences;
  private Consumer<Divergence> onDivergence;

  VerifyPass(
      Disk disk,
      RuleState rules,
      Journal journal,
      PathCheck check,
      Pace pace,
      InstantSource clock) {
    this.disk = disk;
    this.rules = rules;
    this.journal = journal;
    this.check = check;
    this.pace = pace;
    this.clock = clock;
  }

  /**
   * Goes on from where the progress says.
   *
   * @param goesOn asked again and again; false ends it early
   * @param onProgress told how far it is, every now and then
   * @param onDivergence told what differs, as it is found
   * @return empty if it was ended early
   */
  Optional<VerifyReport> run(
      FarmLog from,
      VerifyProgress begun,
      BooleanSupplier goesOn,
      Consumer<VerifyProgress> onProgress,
      Consumer<Divergence> onDivergence)
      throws QueueException, ErrnoException, InterruptedException {
    log = from;
    progress = begun;
    verification = begun.verification();
    this.onDivergence = onDivergence;
    digest = TreeDigest.from(begun.digest());
    paths = begun.paths();
    bytes = begun.bytes();
    unbound = begun.unbound();
    again = new LinkedHashSet<>(begun.again());
    divergent = begun.divergent();
    missing = begun.missing();
    divergences = new ArrayList<>(begun.divergences());
    if (!compareLogged(goesOn, onProgress)) {
      return Optional.empty();
    }
    compareStanding();
    for (int round = 0; round < ROUNDS && !again.isEmpty() && goesOn.getAsBoolean(); round++) {
      TimeUnit.MILLISECONDS.sleep(FIRST_PAUSE_MILLIS << round);
      compareAgain(round);
    }
    if (!goesOn.getAsBoolean()) {
      return Optional.empty();
    }
    for (String path : again) {
      moving++;
      addAsOf(path);
    }
    return Optional.of(
        new VerifyReport(
            verification,
            digest.value(),
            paths,
            bytes,
            unbound,
            moving,
            divergent,
            missing,
            divergences,
            clock.instant()));
  }

  /** What the log knows, and with it what only the index knows, by path. */
  private boolean compareLogged(BooleanSupplier goesOn, Consumer<VerifyProgress> onProgress)
      throws QueueException, InterruptedException {
    String below = verification.below();
    String after = progress.after();
    List<PathVersion> page;
    do {
      page = log.verifications().versions(below, after, PAGE);
      Set<String> logged = page.stream().map(PathVersion::path).collect(Collectors.toSet());
      boolean last = page.size() < PAGE;
      compareUnlogged(after, last ? Optional.empty() : Optional.of(page.get(PAGE - 1)), logged);
      for (PathVersion version : page) {
        if (!goesOn.getAsBoolean()) {
          onProgress.accept(progress(after));
          return false;
        }
        paths++;
        take(version.path(), Optional.of(version), check.check(version));
        long read = check.takeBytes();
        bytes += read;
        pace.read(read);
        after = version.path();
      }
      onProgress.accept(progress(after));
    } while (page.size() == PAGE);
    return true;
  }

  private VerifyProgress progress(String after) {
    return new VerifyProgress(
        progress.epoch(),
        verification,
        after,
        digest.value(),
        paths,
        bytes,
        unbound,
        List.copyOf(again),
        divergent,
        missing,
        divergences);
  }

  private void compareUnlogged(String after, Optional<PathVersion> to, Set<String> logged)
      throws QueueException {
    String below = verification.below();
    List<IndexEntry> entries = new ArrayList<>();
    if (!below.isEmpty() && after.isEmpty()) {
      journal.entry(below).filter(entry -> entry.state().exists()).ifPresent(entries::add);
    }
    String from = after.equals(below) ? "" : after;
    List<IndexEntry> page;
    boolean more;
    do {
      page = journal.below(below, from, PAGE);
      more = page.size() == PAGE;
      for (IndexEntry entry : page) {
        from = entry.path();
        if (to.isPresent() && BY_BYTES.compare(from, to.get().path()) > 0) {
          more = false;
          break;
        }
        entries.add(entry);
      }
    } while (more);
    for (IndexEntry entry : entries) {
      if (!logged.contains(entry.path())) {
        paths++;
        take(entry.path(), Optional.empty(), check.checkUnlogged(entry));
      }
    }
  }

  /** What stands on the disk and is known to nobody. */
  private void compareStanding() throws ErrnoException {
    Map<String, Divergence> unknown = new TreeMap<>();
    new Walk(disk, rules)
        .from(
            verification.below(),
            path -> {
              if (check.checkStanding(path) instanceof Differs differs
                  && unknown.size() < MOST_AGAIN) {
                unknown.put(path, differs.divergence());
              }
            });
    again.addAll(unknown.keySet());
  }

  private void take(String path, Optional<PathVersion> version, Finding finding)
      throws QueueException {
    if (finding instanceof Moving || finding instanceof Differs) {
      // What differs at the first look may be a change that its caller is about to tell of.
      if (again.size() < MOST_AGAIN) {
        again.add(path);
        return;
      }
      if (finding instanceof Differs differs) {
        report(differs.divergence());
        return;
      }
      moving++;
    }
    if (finding instanceof Unbound) {
      unbound++;
    }
    if (version.isPresent()) {
      add(version.get());
    }
  }

  private void compareAgain(int round) throws QueueException, ErrnoException, InterruptedException {
    for (String path : List.copyOf(again)) {
      Optional<PathVersion> version = log.state(path).map(VerifyPass::version);
      Optional<IndexEntry> entry = journal.entry(path);
      Finding finding;
      if (version.isPresent()) {
        finding = check.check(version.get());
      } else if (entry.isPresent() && entry.get().state().exists()) {
        finding = check.checkUnlogged(entry.get());
      } else {
        finding = check.checkStanding(path);
      }
      long read = check.takeBytes();
      bytes += read;
      pace.read(read);
      if (finding instanceof Moving || (finding instanceof Differs && round == 0)) {
        continue;
      }
      again.remove(path);
      if (finding instanceof Differs differs) {
        report(differs.divergence());
      } else {
        unbound += finding instanceof Unbound ? 1 : 0;
        if (version.isPresent()) {
          add(version.get());
        }
      }
    }
  }

  private static PathVersion version(PathState state) {
    return new PathVersion(state.path(), state.version(), ContentKey.of(state.event().change()));
  }

  private void report(Divergence divergence) {
    divergent++;
    missing += divergence.kind() == Divergence.Kind.MISSING ? 1 : 0;
    digest.add(divergence);
    if (divergences.size() < MOST_DIVERGENCES) {
      divergences.add(divergence);
    }
    onDivergence.accept(divergence);
  }

  private void add(PathVersion now) throws QueueException {
    if (now.version() <= verification.position()) {
      digest.add(now);
    } else {
      addAsOf(now.path());
    }
  }

  private void addAsOf(String path) throws QueueException {
    log.verifications().versionAt(path, verification.position()).ifPresent(digest::add);
  }
}
