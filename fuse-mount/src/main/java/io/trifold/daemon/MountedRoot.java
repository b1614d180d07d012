package io.trifold.daemon;

import io.trifold.config.AclChoice;
import io.trifold.config.Machine;
import io.trifold.config.MountSettings;
import io.trifold.control.ControlServer;
import io.trifold.farm.Drain;
import io.trifold.farm.FarmOperations;
import io.trifold.fuse.MountOptions;
import io.trifold.fuse.Transport;
import io.trifold.fuse.jnr.JnrTransport;
import io.trifold.fuse.kernel.KernelTransport;
import io.trifold.history.ChangeSetRequests;
import io.trifold.history.HistoryRequests;
import io.trifold.inspect.CallFiles;
import io.trifold.inspect.Health;
import io.trifold.inspect.HealthServer;
import io.trifold.inspect.Inspection;
import io.trifold.inspect.MountFacts;
import io.trifold.inspect.PositionCommands;
import io.trifold.logs.LogRouter;
import io.trifold.logs.LogSettings;
import io.trifold.logs.LogsRequest;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.queue.QueueException;
import io.trifold.replica.JournalException;
import io.trifold.replica.Replica;
import io.trifold.replica.ReplicaSettings;
import io.trifold.rules.Binding;
import io.trifold.rules.Bypass;
import io.trifold.rules.Rule;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import io.trifold.rules.Side;
import io.trifold.shared.AwayException;
import io.trifold.shared.SharedPlace;
import io.trifold.shared.SharedRoot;
import io.trifold.tree.LogOpener;
import io.trifold.tree.Tree;
import io.trifold.tree.TreeSettings;
import io.trifold.tree.VirtualNode;
import io.trifold.upkeep.KeyCommand;
import io.trifold.upkeep.ResumeCommand;
import io.trifold.upkeep.SkipCommand;
import io.trifold.upkeep.VerifyCommand;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
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

  /** How long the shared storage may take to answer a balancer's question. */
  private static final Duration STORAGE_LOOK = Duration.ofSeconds(2);

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
    Optional<LogRouter> logs = openLogs(settings, state, application, rules);
    logs.ifPresent(router -> inspection.routing(router::status));
    LogOpener opener = logs.isPresent() ? logs.get() : LogOpener.NONE;
    Tree tree =
        keep(
            new Tree(
                new TreeSettings(
                    application, shared, rules, replica.observer(), opener, inspection)));
    RuleReload reload = new RuleReload(settings.rules(), rules, tree);
    FarmOperations operations =
        keep(
            FarmOperations.open(
                new MountedHost(settings.host(), settings.root(), rules, replica, tree, reload),
                settings.mode().word(),
                settings.farm(),
                farm.operations(settings.host()),
                state.directory()));
    inspection.show("call", callFiles(operations));
    checkCalls(rules, operations);
    reload.checking(fresh -> checkCalls(fresh, operations));
    replica.afterApply(
        paths -> operations.applied(paths, path -> rules.at(path).file().options().onApply()));
    tree.onRemoval(operations::removed);
    inspection.reportAlso(operations::status);
    replica.start(tree);
    if (logs.isPresent()) {
      logs.get().start(tree, farm);
    }
    if (!replica.status().lastError().isEmpty()) {
      warn.accept("propagation waits, all else works: " + replica.status().lastError());
    }
    ControlServer control = keep(ControlServer.open(state.controlSocket()));
    control.register("reload", reload);
    control.register("verify", new VerifyCommand(replica));
    control.register("resume", new ResumeCommand(replica));
    control.register("skip", new SkipCommand(replica));
    control.register("key", new KeyCommand(settings.farmKey(), replica));
    inspection.controlledAt(control.socket());
    HistoryRequests.register(control, replica);
    ChangeSetRequests.register(control, replica);
    PositionCommands.register(replica.positions(), control);
    new HostsControl(farm::session).registerAt(control);
    RetentionKeeper keeper = keep(RetentionKeeper.start(farm::session));
    inspection.retaining(keeper::status);
    control.register("logs", logs.isPresent() ? new LogsRequest(logs.get()) : LogsRequest.ofNone());
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
    farm.onOtherNews(operations::wake);
    operations.start(control);
    Drain drain = new Drain(state.directory());
    drain.register(control);
    answerBalancers(settings, application, replica, drain);
  }

  /** Last of all: who asks finds a mount that works. */
  private void answerBalancers(
      MountSettings settings, BackingRoot application, Replica replica, Drain drain)
      throws MountException {
    if (settings.farm().health().isEmpty()) {
      return;
    }
    InetSocketAddress address = settings.farm().health().get();
    Optional<Health.Look> storage =
        Optional.ofNullable(shared)
            .map(it -> () -> it.call(STORAGE_LOOK, root -> root.stat(""), stat -> {}));
    Health health =
        new Health(
            settings.root(),
            () -> look(application, settings.root()),
            storage,
            replica::status,
            drain::isOn,
            settings.farm().readyLag());
    try {
      keep(HealthServer.open(address, health));
    } catch (IOException e) {
      throw new MountException(
          "balancers cannot be answered at "
              + address.getHostString()
              + ":"
              + address.getPort()
              + ": "
              + MountException.reason(e)
              + ": name another with health = \"HOST:PORT\"",
          e);
    }
  }

  /** At what is mounted over, and through the mount: at what the kernel does not keep for long. */
  private static void look(BackingRoot application, Path root) throws ErrnoException {
    application.stat("");
    Path status = root.resolve(".trifold/status");
    try {
      var unused = Files.readAttributes(status, BasicFileAttributes.class);
    } catch (IOException e) {
      log.debug("the mount does not answer", e);
      throw new ErrnoException(Errno.EIO, status.toString());
    }
  }

  private static void checkCalls(RuleSet rules, FarmOperations operations) throws MountException {
    for (Rule rule : rules.rules()) {
      String call = rule.options().onApply();
      Optional<String> objection =
          call.isEmpty() ? Optional.empty() : operations.objectionToOnApply(call);
      if (objection.isPresent()) {
        throw new MountException(rule.place() + ": " + objection.get());
      }
    }
  }

  private static VirtualNode callFiles(FarmOperations operations) throws MountException {
    try {
      return CallFiles.directory(operations.calls());
    } catch (IOException e) {
      throw new MountException("the control files of calls: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted", e);
    }
  }

  /** What is bypassed is changed by others, who rename directories in it, too. */
  private static BackingRoot openApplication(String root, RuleSet rules) throws ErrnoException {
    boolean shared = rules.bypasses().stream().anyMatch(b -> b.side() == Side.APPLICATION);
    return shared ? BackingRoot.open(root) : BackingRoot.openOwned(root);
  }

  /** Nothing of it where no rule is {@code log}. */
  private Optional<LogRouter> openLogs(
      MountSettings settings, MountState state, BackingRoot application, RuleSet rules)
      throws IOException, ErrnoException {
    if (rules.rules().stream().noneMatch(rule -> rule.binding() == Binding.LOG)) {
      return Optional.empty();
    }
    LogSettings logs =
        new LogSettings(
            settings.host(),
            state.directory().resolve("logs"),
            settings.logs().spoolLimit(),
            settings.logs().retention(),
            settings.logs().syslog());
    return Optional.of(keep(LogRouter.open(logs, application, rules.root())));
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
