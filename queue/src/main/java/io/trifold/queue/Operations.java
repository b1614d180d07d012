package io.trifold.queue;

import java.util.function.Supplier;

/**
 * What a farm's hosts do together beside its files, over connections of its own: it never waits
 * behind files that are on their way. Thread-safe.
 */
public final class Operations implements AutoCloseable {
  private static final int CONNECTIONS = 2;

  private final Database database;
  private final CallBoard calls;
  private final TaskBoard tasks;
  private final PrimaryLease primary;

  private Operations(Database database, Supplier<FarmKey> keys) {
    this.database = database;
    calls = new PostgresCalls(database, keys);
    tasks = new PostgresTasks(database);
    primary = new PostgresPrimaryLease(database);
  }

  /**
   * Prepares to connect; the schema is brought up to date by {@link Queue#open}.
   *
   * @param keys the farm's, as they are by now
   * @throws QueueException.Refused if the settings are none
   */
  public static Operations of(QueueSettings settings, Supplier<FarmKey> keys, String host)
      throws QueueException {
    return new Operations(
        new Database(
            settings, "trifold " + host + " operations", "trifold-operations", CONNECTIONS),
        keys);
  }

  public CallBoard calls() {
    return calls;
  }

  public TaskBoard tasks() {
    return tasks;
  }

  public PrimaryLease primary() {
    return primary;
  }

  @Override
  public void close() {
    database.close();
  }
}
