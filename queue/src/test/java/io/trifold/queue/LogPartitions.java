package io.trifold.queue;

import java.sql.SQLException;

/** Makes a test's log small and old, so that there is something to be removed from it. */
public final class LogPartitions {
  private LogPartitions() {}

  /** Twenty partitions of so many positions, and large ones behind; while the log is empty. */
  public static void small(TestPostgres postgres, int size) throws SQLException {
    make(postgres, size, 20 * size, 1_000_000);
  }

  /** One partition of so many positions; those behind it are made like it. */
  static void one(TestPostgres postgres, int size) throws SQLException {
    make(postgres, size, size, size);
  }

  private static void make(TestPostgres postgres, int size, int until, int then)
      throws SQLException {
    postgres.execute(
        """
        DO $$
        DECLARE
          v_table text;
          v_first bigint;
        BEGIN
          FOREACH v_table IN ARRAY ARRAY['event', 'event_chunk'] LOOP
            FOR v_first IN SELECT first FROM trifold.log_partition LOOP
              EXECUTE format('DROP TABLE trifold.%%I', v_table || '_' || v_first);
            END LOOP;
          END LOOP;
          DELETE FROM trifold.log_partition;
          UPDATE trifold.retention SET partition_events = %d, every_seconds = 1;
          INSERT INTO trifold.log_partition (first, next) VALUES (0, 1);
          PERFORM trifold.make_partitions(%d);
          DELETE FROM trifold.log_partition WHERE first = 0;
          UPDATE trifold.retention SET partition_events = %d;
        END $$
        """
            .formatted(size, until, then));
    postgres.execute("SELECT trifold.make_partitions(" + (until + (then == size ? 0 : 1)) + ")");
  }

  /** As if all that is in the log were older than anybody wants it. */
  public static void age(TestPostgres postgres) throws SQLException {
    postgres.execute(
        "UPDATE trifold.event SET appended_at = appended_at - interval '1 year', kept_seconds ="
            + " 60");
    postgres.execute("UPDATE trifold.retention SET began_at = NULL");
    postgres.execute("UPDATE trifold.log_partition SET checked_at = NULL");
  }
}
