package io.trifold.inspect;

import io.trifold.queue.HostStatus;
import java.time.Instant;
import java.util.List;

/**
 * What was last known of the farm.
 *
 * @param reachable whether its database answered when it was last asked
 * @param since when that began to be so
 * @param hosts by name, this one included; as they were when the database last answered
 */
public record FarmView(boolean reachable, Instant since, List<HostStatus> hosts) {
  public FarmView {
    hosts = List.copyOf(hosts);
  }
}
