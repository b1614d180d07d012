package io.trifold.queue;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A call as the database has it, and what has become of it on its hosts.
 *
 * @param submitted by the database's clock
 */
public record CallRecord(
    UUID id, String name, String submitter, Instant submitted, List<CallOnHost> hosts) {
  public CallRecord {
    hosts = List.copyOf(hosts);
  }
}
