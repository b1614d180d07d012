package io.trifold.farm;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;

/**
 * What a host's settings say of the farm's operations.
 *
 * @param calls what can be called here, by name
 * @param tasks where the schedule is declared, if it is
 * @param ticks whether the daemon looks at the schedule by itself, once a minute
 * @param health where balancers are answered, if they are
 * @param readyLag how many events may not be applied here, for requests to be sent here
 */
public record FarmSettings(
    Map<String, CallDeclaration> calls,
    Optional<TaskSource> tasks,
    boolean ticks,
    Optional<InetSocketAddress> health,
    long readyLag) {
  /** What {@code readyLag} is unless it is said. */
  public static final long READY_LAG = 1000;

  /** Nothing. */
  public static final FarmSettings NONE =
      new FarmSettings(Map.of(), Optional.empty(), false, Optional.empty(), READY_LAG);

  public FarmSettings {
    calls = Map.copyOf(calls);
  }
}
