package io.trifold.queue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.trifold.queue.Change.Chunk;
import io.trifold.queue.QueueException.Corrupt;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.postgresql.PGStatement;

/**
 * Content by its digest. Rows are always locked in the order of their digests, here and in the
 * append, and each statement has all its data when it begins: so nobody waits for a slow host.
 */
final class ChunkStore {
  private static final int RAW = 0;
  private static final int ZSTD = 1;
  private static final int ZSTD_LEVEL = 1;

  /** What one statement, and so one transaction, may carry. */
  private static final int MAX_STATEMENT_BYTES = 8 << 20;

  private static final int MAX_STATEMENT_ROWS = 64;

  private final Database database;

  ChunkStore(Database database) {
    this.database = database;
  }

  /** A chunk's content as it is stored. */
  private static final class Encoded {
    final Digest digest;
    final int length;
    final int encoding;
    final byte[] data;

    Encoded(Digest digest, int length, int encoding, byte[] data) {
      this.digest = digest;
      this.length = length;
      this.encoding = encoding;
      this.data = data;
    }

    /**
     * The shorter form.
     *
     * @param scratch at least {@link Zstd#compressBound} of the content
     */
    static Encoded of(Digest digest, byte[] content, byte[] scratch) {
      long length =
          Zstd.compressByteArray(
              scratch, 0, scratch.length, content, 0, content.length, ZSTD_LEVEL);
      boolean worthIt = !Zstd.isError(length) && length < content.length - content.length / 16;
      return worthIt
          ? new Encoded(digest, content.length, ZSTD, Arrays.copyOf(scratch, (int) length))
          : new Encoded(digest, content.length, RAW, content);
    }
  }

  void store(Collection<ChunkData> contents) throws QueueException {
    Map<Digest, byte[]> byDigest = new TreeMap<>();
    int longest = 0;
    for (ChunkData content : contents) {
      byDigest.put(content.chunk().digest(), content.bytes());
      longest = Math.max(longest, content.bytes().length);
    }
    byte[] scratch = new byte[(int) Zstd.compressBound(longest)];
    List<Encoded> group = new ArrayList<>();
    int bytes = 0;
    for (Map.Entry<Digest, byte[]> entry : byDigest.entrySet()) {
      Encoded next = Encoded.of(entry.getKey(), entry.getValue(), scratch);
      if (bytes + next.data.length > MAX_STATEMENT_BYTES || group.size() == MAX_STATEMENT_ROWS) {
        insert(group);
        group = new ArrayList<>();
        bytes = 0;
      }
      group.add(next);
      bytes += next.data.length;
    }
    insert(group);
  }

  private void insert(List<Encoded> group) throws QueueException {
    if (group.isEmpty()) {
      return;
    }
    // A chunk that is there already must count as used again, or it could be collected before the
    // event that names it is appended.
    String sql =
        "INSERT INTO trifold.chunk (digest, length, encoding, data) VALUES "
            + "(?, ?, ?, ?), ".repeat(group.size() - 1)
            + "(?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET last_ref = clock_timestamp()";
    database.call(
        connection -> {
          try (PreparedStatement insert = connection.prepareStatement(sql)) {
            int parameter = 1;
            for (Encoded chunk : group) {
              insert.setBytes(parameter++, chunk.digest.bytes());
              insert.setInt(parameter++, chunk.length);
              insert.setInt(parameter++, chunk.encoding);
              insert.setBytes(parameter++, chunk.data);
            }
            return insert.executeUpdate();
          }
        });
  }

  Set<Digest> missing(Collection<Digest> digests) throws QueueException {
    Set<Digest> missing = new HashSet<>(digests);
    if (!missing.isEmpty()) {
      byte[][] asked = missing.stream().map(Digest::bytes).toArray(byte[][]::new);
      missing.removeAll(database.call(connection -> touch(connection, asked)));
    }
    return missing;
  }

  private static Set<Digest> touch(Connection connection, byte[][] asked)
      throws SQLException, Corrupt {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            WITH present AS (
              SELECT digest FROM trifold.chunk WHERE digest = ANY (?)
              ORDER BY digest FOR NO KEY UPDATE)
            UPDATE trifold.chunk c SET last_ref = clock_timestamp()
            FROM present p WHERE c.digest = p.digest RETURNING c.digest
            """)) {
      update.setArray(1, connection.createArrayOf("bytea", asked));
      Set<Digest> present = new HashSet<>();
      try (ResultSet row = update.executeQuery()) {
        while (row.next()) {
          present.add(Digest.of(row.getBytes(1)));
        }
      }
      return present;
    }
  }

  byte[] fetch(Chunk chunk) throws QueueException {
    Encoded stored = database.call(connection -> select(connection, chunk));
    byte[] content = stored.encoding == RAW ? stored.data : decompress(stored);
    if (content.length != chunk.length() || !Digest.sha256(content).equals(chunk.digest())) {
      throw corrupt(chunk.digest(), "is not what its digest says");
    }
    return content;
  }

  private static Encoded select(Connection connection, Chunk chunk) throws SQLException, Corrupt {
    // No encoding is longer than the content, so anything longer is not even fetched.
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT encoding, CASE WHEN octet_length(data) <= ? THEN data END AS data"
                + " FROM trifold.chunk WHERE digest = ?")) {
      // Negative: binary from the first time on. As text, bytes are fetched at a quarter of the
      // speed.
      select.unwrap(PGStatement.class).setPrepareThreshold(-1);
      select.setInt(1, chunk.length());
      select.setBytes(2, chunk.digest().bytes());
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          throw corrupt(chunk.digest(), "is gone from the content store");
        }
        int encoding = row.getInt("encoding");
        byte[] data = row.getBytes("data");
        if (data == null) {
          throw corrupt(chunk.digest(), "is longer than the event says");
        }
        if (encoding != RAW && encoding != ZSTD) {
          throw corrupt(chunk.digest(), "has the unknown encoding " + encoding);
        }
        return new Encoded(chunk.digest(), chunk.length(), encoding, data);
      }
    }
  }

  /** Into a buffer of the length that the event declares: never into what the data declares. */
  private static byte[] decompress(Encoded stored) throws Corrupt {
    byte[] content = new byte[stored.length];
    try {
      long length =
          Zstd.decompressByteArray(content, 0, content.length, stored.data, 0, stored.data.length);
      if (length != content.length) {
        throw corrupt(stored.digest, "is shorter than the event says");
      }
    } catch (ZstdException e) {
      throw corrupt(stored.digest, "does not decompress to what the event says");
    }
    return content;
  }

  private static Corrupt corrupt(Digest digest, String reason) {
    return new Corrupt(0, "chunk " + digest + " " + reason);
  }
}
