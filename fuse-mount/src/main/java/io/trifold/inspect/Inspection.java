package io.trifold.inspect;

import io.trifold.fuse.Transport;
import io.trifold.logs.LogStatus;
import io.trifold.queue.HostStatus;
import io.trifold.queue.RetentionStatus;
import io.trifold.replica.Replica;
import io.trifold.replica.ReplicaStatus;
import io.trifold.rules.Binding;
import io.trifold.rules.RuleSet;
import io.trifold.shared.StorageHealth;
import io.trifold.tree.VirtualFiles;
import io.trifold.tree.VirtualNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;

/**
 * What a mount shows of itself. Nothing here waits for the database or the shared storage.
 *
 * <p>A file of {@code /.trifold} is one entry of {@link #files}.
 */
public final class Inspection implements VirtualFiles {
  private static final String ATTRIBUTES = "user.trifold.";

  /** Of a long list, so many are shown. */
  private static final int SHOWN = 100;

  private final MountFacts facts;
  private final RuleSet rules;
  private final Places places;
  private final Replica replica;
  private final Supplier<FarmView> farm;
  private final Supplier<Optional<StorageHealth>> storage;
  private final Map<String, VirtualNode> files = new ConcurrentSkipListMap<>();
  private volatile String transport = "none yet";
  private volatile Supplier<Optional<LogStatus>> routed = Optional::empty;
  private volatile Supplier<List<Path>> bypassed = List::of;
  private volatile Optional<Path> control = Optional.empty();
  private volatile Supplier<Optional<RetentionStatus>> retention = Optional::empty;
  private volatile Supplier<Map<String, String>> more = Map::of;

  /**
   * Looks at the parts of a mount.
   *
   * @param farm what is known of the farm at the moment; must not block
   * @param storage how the shared storage does, if there is one; must not block
   */
  public Inspection(
      MountFacts facts,
      RuleSet rules,
      Replica replica,
      Supplier<FarmView> farm,
      Supplier<Optional<StorageHealth>> storage) {
    this.facts = facts;
    this.rules = rules;
    this.places = new Places(facts.root(), facts.remote().orElse(facts.root()));
    this.replica = replica;
    this.farm = farm;
    this.storage = storage;
    PositionFiles positions = new PositionFiles(replica.positions());
    show("position", positions.position());
    show("wait", positions.waits());
    show("rules", VirtualNode.text(() -> RuleListing.write(rules)));
    show("status", VirtualNode.text(() -> status(Instant.now()).toString()));
  }

  /**
   * Says how the mount is served, from when that is agreed.
   *
   * @param name the transport's
   */
  public void servedBy(String name, Transport.Session session) {
    transport = name + ": " + session.describe();
  }

  /**
   * Says what the kernel serves itself.
   *
   * @param standing the directories that are bypassed at the moment; must not block
   */
  public void bypassing(Supplier<List<Path>> standing) {
    bypassed = standing;
  }

  /**
   * Says how commands reach the daemon.
   *
   * @param socket where it listens
   */
  public void controlledAt(Path socket) {
    control = Optional.of(socket);
  }

  /**
   * Says how the farm's log is looked after.
   *
   * @param seen as it was last seen; must not block
   */
  public void retaining(Supplier<Optional<RetentionStatus>> seen) {
    retention = seen;
  }

  /**
   * Adds lines to the status.
   *
   * @param lines by their keys; must not block
   */
  public void reportAlso(Supplier<Map<String, String>> lines) {
    more = lines;
  }

  /**
   * Shows something more, or something else than before.
   *
   * @param name in {@code /.trifold}
   */
  public void show(String name, VirtualNode node) {
    files.put(name, node);
  }

  /**
   * Says how the logs do.
   *
   * @param logs must not block
   */
  public void routing(Supplier<LogStatus> logs) {
    routed = () -> Optional.of(logs.get());
  }

  @Override
  public VirtualNode.Directory directory() {
    return VirtualNode.directory(files);
  }

  @Override
  public String attribute(String path, boolean directory, String attribute) {
    if (!attribute.startsWith(ATTRIBUTES)) {
      return null;
    }
    Explanation explanation = Explanation.of(rules, places, path, directory);
    Binding binding = explanation.decision().binding();
    return switch (attribute.substring(ATTRIBUTES.length())) {
      case "binding" -> binding.word();
      case "rule" -> explanation.rule();
      case "backing" -> explanation.bytes();
      case "state" -> binding == Binding.PROPAGATED ? replica.stateOf(path) : binding.word();
      default -> null;
    };
  }

  private StatusText status(Instant now) {
    ReplicaStatus propagation = replica.status();
    FarmView view = farm.get();
    StatusText text = new StatusText();
    text.put("root", facts.root());
    text.put("host", facts.host());
    text.put("mode", facts.mode());
    text.put("state", propagation.state());
    text.put("pid", ProcessHandle.current().pid());
    control.ifPresent(socket -> text.put("control", socket));
    text.put("version", Build.version());
    text.put("uptime", age(facts.since(), now));
    text.put("transport", transport);
    text.put("rules", facts.rules() + " (" + rules.rules().size() + " rules)");
    facts.remote().ifPresent(remote -> text.put("remote", remote));
    storage.get().ifPresent(health -> put(health, now, text));
    text.putBypassed(bypassed.get());
    text.put("queue", facts.queue());
    text.put(
        "queue-reachable", (view.reachable() ? "yes" : "no") + ", for " + age(view.since(), now));
    text.put("position", propagation.position());
    text.put("head", propagation.head());
    text.put("lag", propagation.lag());
    text.put("in-sync", replica.inSync());
    text.put("pending", propagation.pending());
    text.put("deferred", propagation.deferred());
    text.put("parked", propagation.parked().size());
    text.put("conflicts", propagation.conflicts());
    text.put("displaced", propagation.displaced());
    text.put("rejected", propagation.rejected());
    text.put("special-files", propagation.specialFiles());
    text.put("too-large", propagation.tooLarge().size());
    text.put(
        "last-applied", propagation.lastApplied().map(at -> age(at, now) + " ago").orElse("-"));
    text.put("last-error", propagation.lastError().isEmpty() ? "-" : propagation.lastError());
    routed.get().ifPresent(logs -> put(logs, text));
    more.get().forEach(text::put);
    for (int i = 0; i < propagation.parked().size(); i++) {
      text.put("parked " + (i + 1), parked(propagation.parked().get(i)));
    }
    for (int i = 0; i < Math.min(propagation.tooLarge().size(), SHOWN); i++) {
      text.put("too-large " + (i + 1), tooLarge(propagation.tooLarge().get(i)));
    }
    for (HostStatus other : view.hosts()) {
      if (!other.name().equals(facts.host())) {
        text.put("peer " + other.name(), peer(other, propagation.head(), now));
      }
    }
    retention.get().ifPresent(seen -> put(seen, view.hosts(), now, text));
    return text;
  }

  private static void put(
      RetentionStatus retention, List<HostStatus> hosts, Instant now, StatusText text) {
    text.put("log-begins", retention.oldest());
    retention
        .began()
        .ifPresent(
            began ->
                text.put(
                    "retention",
                    "by "
                        + retention.host()
                        + ", "
                        + age(began, now)
                        + " ago: "
                        + (retention.ended().isPresent() ? retention.outcome() : "under way")));
    for (HostStatus host : hosts) {
      if (retention.isExpired(host, now)) {
        text.put("expired " + host.name(), "the log does not wait for it any more");
      } else if (retention.isExpiring(host, now)) {
        text.put("expiring " + host.name(), "in " + age(now, retention.expiresAt(host)));
      }
    }
  }

  private static void put(StorageHealth health, Instant now, StatusText text) {
    String why = health.reachable() ? "" : ": it " + health.reason();
    text.put(
        "remote-reachable",
        (health.reachable() ? "yes" : "no") + ", for " + age(health.since(), now) + why);
    text.put(
        "remote-calls",
        health.underWay()
            + " under way, "
            + health.hanging()
            + " hanging, "
            + health.timedOut()
            + " timed out");
  }

  private static void put(LogStatus logs, StatusText text) {
    text.put("logs-open", logs.open());
    text.put(
        "log-lines",
        logs.written()
            + " written, "
            + logs.toSyslog()
            + " to syslog, "
            + logs.toCloud()
            + " to other hosts, "
            + logs.fromCloud()
            + " from other hosts");
    text.put(
        "log-spool",
        (logs.spooled() >> 10) + " KiB wait, of at most " + (logs.spoolLimit() >> 10) + " KiB");
    text.put(
        "log-losses",
        logs.dropped()
            + " dropped, "
            + logs.refused()
            + " writes refused, "
            + logs.unclaimed()
            + " without a log here, "
            + logs.missed()
            + " batches missed");
    int number = 0;
    for (Map.Entry<String, String> problem : logs.problems().entrySet()) {
      number++;
      text.put("log-problem " + number, problem.getKey() + ": " + problem.getValue());
    }
  }

  private static String parked(ReplicaStatus.Parked parked) {
    return parked.path()
        + ": "
        + parked.reason()
        + " (position "
        + parked.position()
        + ", tried "
        + parked.attempts()
        + " times)";
  }

  private static String tooLarge(ReplicaStatus.TooLarge file) {
    return file.path() + ": " + file.size() + " bytes of at most " + file.limit();
  }

  private static String peer(HostStatus host, long head, Instant now) {
    String life = host.live() ? "live" : "last seen " + age(host.lastSeen(), now) + " ago";
    return "position "
        + host.position()
        + ", lag "
        + Math.max(0, head - host.position())
        + ", "
        + life
        + ", at "
        + host.root();
  }

  /** In days, hours, minutes and seconds; hosts' clocks may differ, so never negative. */
  private static String age(Instant from, Instant to) {
    Duration age = Duration.between(from, to).truncatedTo(ChronoUnit.SECONDS);
    if (age.isNegative()) {
      return "0s";
    }
    String text = age.toString().substring(2).toLowerCase(Locale.ROOT);
    return text.isEmpty() ? "0s" : text;
  }
}
