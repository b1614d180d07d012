package io.trifold.queue;

import io.trifold.queue.QueueException.Refused;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.UUID;

/** The farm's own row: which log this is, and whose key signs it. */
final class Farm {
  private final Database database;

  Farm(Database database) {
    this.database = database;
  }

  /**
   * The farm's epoch. The first host makes the farm, with its key.
   *
   * @throws Refused if the farm has another key
   */
  UUID join(FarmKey key, QueueSettings settings) throws QueueException {
    database.call(
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO trifold.farm (key_id) VALUES (?) ON CONFLICT DO NOTHING")) {
            insert.setString(1, key.id());
            return insert.executeUpdate();
          }
        });
    UUID epoch = epoch(key, settings);
    // Who has a key that follows the farm's has the newer file.
    database.call(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement("UPDATE trifold.farm SET key_id = ? WHERE key_id <> ?")) {
            update.setString(1, key.id());
            update.setString(2, key.id());
            return update.executeUpdate();
          }
        });
    return epoch;
  }

  private UUID epoch(FarmKey key, QueueSettings settings) throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement("SELECT epoch, key_id FROM trifold.farm");
              ResultSet row = select.executeQuery()) {
            if (!row.next()) {
              throw new QueueException.Corrupt(0, "the farm's row is gone from the database");
            }
            String farmKey = row.getString("key_id");
            if (!key.ids().contains(farmKey)) {
              throw new Refused(
                  "the farm in "
                      + settings.shownUrl()
                      + " signs with key "
                      + farmKey
                      + ", this host has key "
                      + key.id()
                      + ": copy the key file from another host of the farm");
            }
            return row.getObject("epoch", UUID.class);
          }
        });
  }
}
