package io.trifold.daemon;

import io.trifold.config.MountSettings;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.QueueException;
import io.trifold.replica.JoinProgress;
import io.trifold.replica.JournalException;
import io.trifold.replica.Replica;
import io.trifold.replica.ReplicaSettings;
import io.trifold.replica.ReplicaStatus;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A host that takes part in its farm while nothing is mounted: to bring its files in step before
 * anybody is served. It holds the mount's state as a mount does, so only one of them can be.
 */
public final class UnmountedHost implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UnmountedHost.class);
  private static final Duration DRAIN = Duration.ofSeconds(20);
  private static final long LOOK_MILLIS = 200;

  private final MountSettings settings;

  /** What is open, the last opened first. */
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private BackingRoot application;
  private Replica replica;
  private Path directory;

  private UnmountedHost(MountSettings settings) {
    this.settings = settings;
  }

  /** Opens root, journal and database; begins nothing. */
  public static UnmountedHost open(MountSettings settings)
      throws MountException, RuleException, QueueException {
    UnmountedHost host = new UnmountedHost(settings);
    try {
      host.build();
      return host;
    } catch (ErrnoException | JournalException e) {
      host.close();
      throw new MountException(
          settings.root() + " cannot be opened: " + MountException.reason(e), e);
    } catch (MountException | RuleException | QueueException | RuntimeException | Error e) {
      host.close();
      throw e;
    }
  }

  private void build() throws MountException, RuleException, QueueException, ErrnoException {
    MountState state = MountState.prepare(settings.state(), settings.root());
    directory = state.directory();
    FileChannel lock = keep(state.lock());
    Logging.toFile(state.log());
    log.debug("holding {}", lock);
    // Before anything unpacks native code.
    System.setProperty("java.io.tmpdir", state.emptyTemporary().toString());
    keep(state::clearTemporary);
    RuleSet rules = RuleSet.named(settings.rules());
    application = keep(BackingRoot.openOwned(settings.root().toString()));
    FarmConnection farm = keep(FarmConnection.open(settings));
    replica =
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
  }

  private <T extends AutoCloseable> T keep(T part) {
    open.push(part);
    return part;
  }

  /** Whether it joined its farm some time before. */
  public boolean hasJoined() {
    return replica.isJoined();
  }

  /** Where files are kept that gave way to the farm's. */
  public Path displaced() {
    return directory.resolve("displaced");
  }

  /**
   * Joins the farm, unless that was done before, and comes in step: all that the log has is here,
   * all that is here is in the log.
   *
   * @param joining told how the join gets on
   * @param pending told how many paths here the log does not have yet
   * @return how it stands then
   */
  public ReplicaStatus comeInStep(Consumer<JoinProgress> joining, Consumer<ReplicaStatus> pending)
      throws MountException, QueueException, InterruptedException {
    replica.onJoin(joining);
    try {
      replica.start(new UnservedRoot(application));
    } catch (ErrnoException | JournalException e) {
      throw new MountException(
          settings.root() + " cannot be joined: " + MountException.reason(e), e);
    }
    ReplicaStatus status = replica.status();
    while (!status.state().equals("live") || status.pending() > 0) {
      if (status.state().startsWith("stopped")) {
        throw new MountException(settings.root() + ": propagation " + status.state());
      }
      pending.accept(status);
      Thread.sleep(LOOK_MILLIS);
      status = replica.status();
    }
    return status;
  }

  @Override
  @SuppressWarnings("CatchingUnchecked") // One part's failure must not keep the others open.
  public void close() {
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
