package io.trifold.queue;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The log on PostgreSQL: the door before its parts. */
final class PostgresFarmLog implements FarmLog {
  private final Database database;
  private final UUID epoch;
  private final Appender appender;
  private final EventReader reader;
  private final ChunkStore chunks;
  private final LogRetention retention;
  private final HostRegistry registry;
  private final History history;
  private final Verifications verifications;
  private final Recovery recovery;
  private final SkippedEvents skipped;

  PostgresFarmLog(
      Database database, UUID epoch, FarmKey key, Membership membership, HostRegistry registry) {
    this.database = database;
    this.epoch = epoch;
    this.registry = registry;
    Timeline timeline = new Timeline();
    appender = new Appender(database, epoch, key, membership, registry, timeline);
    skipped = new SkippedEvents(database, epoch, key, membership.host());
    reader = new EventReader(database, epoch, key, timeline, skipped);
    chunks = new ChunkStore(database);
    retention = new LogRetention(database, membership);
    history = new PostgresHistory(database, reader, key, membership.host());
    verifications = new PostgresVerifications(database, epoch, membership.host());
    recovery = new PostgresRecovery(database, epoch, membership.host());
  }

  @Override
  public UUID epoch() {
    return epoch;
  }

  @Override
  public Head head() throws QueueException {
    return reader.head();
  }

  @Override
  public List<Outcome> append(List<Draft> drafts) throws QueueException {
    return appender.append(drafts);
  }

  @Override
  public long lastProducerSequence() throws QueueException {
    return appender.lastProducerSequence();
  }

  @Override
  public EventPage page(long after, int limit) throws QueueException {
    return reader.page(after, limit);
  }

  @Override
  public Optional<String> skip(long position) throws QueueException {
    return skipped.skip(position);
  }

  @Override
  public List<PathState> states(String afterPath, int limit) throws QueueException {
    return reader.states(afterPath, limit);
  }

  @Override
  public long paths() throws QueueException {
    return reader.paths();
  }

  @Override
  public Optional<PathState> state(String path) throws QueueException {
    return reader.state(path);
  }

  @Override
  public Set<Digest> missing(Collection<Digest> digests) throws QueueException {
    return chunks.missing(digests);
  }

  @Override
  public void store(Collection<ChunkData> contents) throws QueueException {
    chunks.store(contents);
  }

  @Override
  public byte[] fetch(Change.Chunk chunk) throws QueueException {
    return chunks.fetch(chunk);
  }

  @Override
  public void acknowledge(long position, long applied, long parked) throws QueueException {
    registry.acknowledge(position, applied, parked);
  }

  @Override
  public List<String> behind(long position) throws QueueException {
    return registry.behind(position);
  }

  @Override
  public void beat() throws QueueException {
    registry.beat();
  }

  @Override
  public History history() {
    return history;
  }

  @Override
  public Verifications verifications() {
    return verifications;
  }

  @Override
  public Recovery recovery() {
    return recovery;
  }

  @Override
  public List<HostStatus> hosts() throws QueueException {
    return registry.hosts();
  }

  @Override
  public Optional<RetentionStatus> retention() throws QueueException {
    return Optional.of(retention.status());
  }

  @Override
  public Optional<String> retain() throws QueueException {
    return retention.run();
  }

  @Override
  public void keep(Optional<Duration> logAge, Optional<Duration> expiry) throws QueueException {
    retention.keep(logAge, expiry);
  }

  @Override
  public void forget(String host) throws QueueException {
    retention.forget(host);
  }

  @Override
  public boolean reachable() {
    return database.reachable();
  }

  @Override
  public void leave() throws QueueException {
    registry.leave();
  }

  @Override
  public void close() {
    database.close();
  }
}
