package io.trifold.daemon;

import io.trifold.config.AclChoice;
import io.trifold.config.Machine;
import io.trifold.config.MountSettings;
import io.trifold.control.ControlServer;
import io.trifold.fuse.MountOptions;
import io.trifold.fuse.Transport;
import io.trifold.fuse.jnr.JnrTransport;
import io.trifold.fuse.kernel.KernelTransport;
import io.trifold.inspect.Inspection;
import io.trifold.inspect.MountFacts;
import io.trifold.inspect.PositionCommands;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.queue.QueueException;
import io.trifold.replica.JournalException;
import io.trifold.replica.Replica;
import io.trifold.replica.ReplicaSettings;
import io.trifold.rules.Bypass;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import io.trifold.rules.Side;
import io.trifold.shared.AwayException;
import io.trifold.shared.SharedPlace;
import io.trifold.shared.SharedRoot;
import io.trifold.tree.Tree;
import io.trifold.tree.TreeSettings;
import io.trifold.upkeep.KeyCommand;
import io.trifold.upkeep.ResumeCommand;
import io.trifold.upkeep.SkipCommand;
import io.trifold.upkeep.VerifyCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mount and all that it is made of, opened in order and closed in reverse: the two roots, the
 * farm, the replica, the tree, the transport, through which callers come, and the bypasses in its
 * mount. So nobody is served by something half open, and what callers did last is still propagated.
 */
final class MountedRoot implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MountedRoot.class);

  /** How long the end may take to hand over what is in the journal. */
  private static final Duration DRAIN = Duration.ofSeconds(20);

  /** How long the shared storage may take to be opened. */
  private static final Duration STORAGE_PATIENCE = Duration.ofSeconds(10);

  /** How long the end waits for what is under way on the shared storage. */
  private static final Duration STORAGE_GRACE = Duration.ofSeconds(5);

  /** What is open, the last opened first. */
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /** {@code null} where no rule is {@code remote}. */
  private SharedRoot shared;

  private Transport.Session session;
  private String transport = "";
  private boolean acls;

  private MountedRoot() {}

  /**
   * Mounts. When this returns, the mount answers.
   *
   * @param warn told what there is to know though it works, a line each
   */
  static MountedRoot open(MountSettings settings, MountState state, Consumer<String> warn)
      throws MountException, RuleException, QueueException {
    MountedRoot mounted = new MountedRoot();
    try {
      mounted.build(settings, state, warn);
      return mounted;
    } catch (ErrnoException | JournalException | IOException e) {
      mounted.close();
      throw new MountException(
          settings.root() + " cannot be mounted: " + MountException.reason(e), e);
    } catch (MountException | RuleException | QueueException | RuntimeException | Error e) {
      mounted.close();
      throw e;
    }
  }

  private void build(MountSettings settings, MountState state, Consumer<String> warn)
      throws MountException, RuleException, QueueException, ErrnoException, IOException {
    RuleSet rules = RuleSet.named(settings.rules());
    Optional<Path> remote =
        MountChecks.needsRemote(rules) ? Optional.of(settings.remote()) : Optional.empty();
    if (remote.isPresent()) {
      shared = keep(open(new StorageMark(remote.get(), state.directory())));
    }
    BackingRoot application = keep(openApplication(settings.root().toString(), rules));
    FarmConnection farm = keep(FarmConnection.open(settings));
    Replica replica =
        keep(
            Replica.open(
                new ReplicaSettings(
                    settings.host(),
                    settings.mode().word(),
                    settings.root().toString(),
                    state.directory(),
                    DRAIN,
                    settings.upkeep()),
                rules.root(),
                farm));
    MountFacts facts =
        new MountFacts(
            settings.root(),
            settings.host(),
            settings.mode().word(),
            settings.rules(),
            remote,
            farm.describe(),
            Instant.now());
    Inspection inspection =
        new Inspection(
            facts,
            rules,
            replica,
            farm::view,
            () -> Optional.ofNullable(shared).map(SharedRoot::health));
    Tree tree = keep(new Tree(new TreeSettings(application, shared, rules, replica, inspection)));
    replica.start(tree);
    if (!replica.status().lastError().isEmpty()) {
      warn.accept("propagation waits, all else works: " + replica.status().lastError());
    }
    ControlServer control = keep(ControlServer.open(state.controlSocket()));
    control.register("verify", new VerifyCommand(replica));
    control.register("resume", new ResumeCommand(replica));
    control.register("skip", new SkipCommand(replica));
    control.register("key", new KeyCommand(settings.farmKey(), replica));
    inspection.controlledAt(control.socket());
    PositionCommands.register(replica.positions(), control);
    new HostsControl(farm::session).registerAt(control);
    RetentionKeeper keeper = keep(RetentionKeeper.start(farm::session));
    inspection.retaining(keeper::status);
    acls = enforcesAcls(settings.acl(), application);
    serve(settings, tree, inspection);
    Bypasses bypasses =
        keep(
            Bypasses.putUp(
                rules.bypasses(),
                settings.root(),
                bypass -> openBypassed(bypass, application),
                warn));
    tree.holdInPlace(rules.bypasses().stream().map(Bypass::path).toList());
    inspection.bypassing(bypasses::standing);
  }

  /** What is bypassed is changed by others, who rename directories in it, too. */
  private static BackingRoot openApplication(String root, RuleSet rules) throws ErrnoException {
    boolean shared = rules.bypasses().stream().anyMatch(b -> b.side() == Side.APPLICATION);
    return shared ? BackingRoot.open(root) : BackingRoot.openOwned(root);
  }

  private boolean enforcesAcls(AclChoice choice, BackingRoot application) throws ErrnoException {
    return switch (choice) {
      case ON -> true;
      case OFF -> false;
      case AUTO ->
          AclSearch.findsAny(application)
              || (shared != null
                  && shared.call(STORAGE_PATIENCE, AclSearch::findsAny, nothing -> {}));
    };
  }

  private int openBypassed(Bypass bypass, BackingRoot application) throws ErrnoException {
    return bypass.side() == Side.APPLICATION
        ? application.openPath(bypass.path())
        : shared.call(STORAGE_PATIENCE, root -> root.openPath(bypass.path()), Posix::close);
  }

  private static SharedRoot open(SharedPlace place) throws MountException {
    try {
      return SharedRoot.open(place, STORAGE_PATIENCE);
    } catch (AwayException e) {
      throw new MountException("the shared storage " + place.path() + " " + e.getMessage(), e);
    }
  }

  private void serve(MountSettings settings, Tree tree, Inspection inspection) throws IOException {
    switch (settings.transport()) {
      case KERNEL -> serve(settings, tree, inspection, new KernelTransport());
      case JNR -> serve(settings, tree, inspection, new JnrTransport());
      case AUTO -> {
        try {
          serve(settings, tree, inspection, new KernelTransport());
        } catch (IOException e) {
          log.warn("not by the kernel's protocol, but through libfuse: {}", e.getMessage());
          serve(settings, tree, inspection, new JnrTransport());
        }
      }
    }
  }

  private void serve(MountSettings settings, Tree tree, Inspection inspection, Transport transport)
      throws IOException {
    session =
        keep(
            transport.mount(
                tree,
                new MountOptions(
                    settings.root(),
                    "trifold:" + settings.host(),
                    Machine.isRoot(),
                    acls,
                    MountOptions.IoUring.valueOf(settings.ioUring().name()))));
    this.transport = transport.name();
    tree.attach(session.kernelCache());
    inspection.servedBy(transport.name(), session);
    log.info(
        "{} is mounted as host {} by {}: {}",
        settings.root(),
        settings.host(),
        transport.name(),
        session.describe());
  }

  private <T extends AutoCloseable> T keep(T part) {
    open.push(part);
    return part;
  }

  /** By what it is served. */
  String transport() {
    return transport;
  }

  /** Waits until it is unmounted, by whomever. */
  void awaitEnd() throws InterruptedException {
    session.awaitEnd();
  }

  /** Unmounts, hands over what is in the journal, and closes everything. */
  @Override
  @SuppressWarnings("CatchingUnchecked") // One part's failure must not keep the others open.
  public void close() {
    if (shared != null) {
      shared.endWithin(STORAGE_GRACE);
    }
    while (!open.isEmpty()) {
      AutoCloseable part = open.pop();
      try {
        part.close();
      } catch (Exception e) {
        log.error("{} could not be closed", part.getClass().getSimpleName(), e);
      }
    }
  }
}
