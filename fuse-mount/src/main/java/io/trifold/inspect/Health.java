package io.trifold.inspect;

import io.trifold.posix.MountTable;
import io.trifold.replica.ReplicaStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks whether a balancer should send requests to this host. Of many threads. */
public final class Health {
  private static final Logger log = LoggerFactory.getLogger(Health.class);

  private final Path root;
  private final TimedCheck rootCheck;
  private final Optional<TimedCheck> storageCheck;
  private final Supplier<ReplicaStatus> propagation;
  private final BooleanSupplier draining;
  private final long mostLag;

  /** Something that throws if it does not answer as it should; may hang. */
  @FunctionalInterface
  public interface Look extends TimedCheck.Look {}

  /**
   * Looks at these.
   *
   * @param root where it is mounted
   * @param storage none if no rule is remote
   * @param mostLag how many events may not be applied here yet
   */
  public Health(
      Path root,
      Look application,
      Optional<Look> storage,
      Supplier<ReplicaStatus> propagation,
      BooleanSupplier draining,
      long mostLag) {
    this.root = root;
    this.rootCheck = new TimedCheck("root", application);
    this.storageCheck = storage.map(look -> new TimedCheck("storage", look));
    this.propagation = propagation;
    this.draining = draining;
    this.mostLag = mostLag;
  }

  /** Why it should not; nothing if it should. Takes some seconds where something hangs. */
  List<String> objections() {
    ReplicaStatus status = propagation.get();
    return new Readiness(
            isMounted(),
            rootCheck.trouble(),
            storageCheck.flatMap(TimedCheck::trouble),
            Optional.of(status.state()).filter(Health::isStandstill),
            status.lag(),
            draining.getAsBoolean())
        .objections(mostLag);
  }

  /** Whether it ends only when somebody does something: its disk may even be empty. */
  private static boolean isStandstill(String state) {
    return state.startsWith("stopped") || state.startsWith("held");
  }

  private boolean isMounted() {
    try {
      return MountTable.read().trifoldAt(root).isPresent();
    } catch (IOException e) {
      log.warn("the mounts cannot be read: {}", e.getMessage());
      return false;
    }
  }
}
