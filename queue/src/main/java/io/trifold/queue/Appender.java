package io.trifold.queue;

import io.trifold.queue.Change.Chunk;
import io.trifold.queue.Change.Content.Chunked;
import io.trifold.queue.Change.PutFile;
import io.trifold.queue.QueueException.Corrupt;
import io.trifold.queue.QueueException.MissingChunks;
import io.trifold.queue.QueueException.Refused;
import io.trifold.rules.FileNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Signs drafts and appends them: one call of the database for the batch. */
final class Appender {
  private static final String CALL =
      "SELECT out_position, out_replaced, out_verdict, out_yielded_to"
          + " FROM trifold.append(trifold.on_timeline(?, ?, ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
          + " ?, ?, %s, ?, ?, ?)";

  private static final String APPEND = CALL.formatted("?");

  /** The same, where drafts are of lost versions. */
  private static final String APPEND_LOST =
      CALL.formatted("trifold.giving_way(?, ?, ?, ?, ?, ?, ?, ?, ?)");

  private final Database database;
  private final UUID epoch;
  private final FarmKey key;
  private final Membership membership;
  private final HostRegistry registry;
  private final Timeline timeline;

  Appender(
      Database database,
      UUID epoch,
      FarmKey key,
      Membership membership,
      HostRegistry registry,
      Timeline timeline) {
    this.timeline = timeline;
    this.database = database;
    this.epoch = epoch;
    this.key = key;
    this.membership = membership;
    this.registry = registry;
  }

  List<Outcome> append(List<Draft> drafts) throws QueueException {
    if (drafts.isEmpty()) {
      return List.of();
    }
    checkSequences(drafts);
    Batch batch = new Batch(drafts);
    return database.call(
        connection -> {
          try {
            return send(connection, batch);
          } catch (SQLException e) {
            throw refusal(e);
          }
        });
  }

  private static void checkSequences(List<Draft> drafts) {
    for (int i = 1; i < drafts.size(); i++) {
      long previous = drafts.get(i - 1).producerSequence();
      long next = drafts.get(i).producerSequence();
      if (next != previous + 1) {
        throw new IllegalArgumentException("draft " + next + " behind draft " + previous);
      }
    }
  }

  /** The drafts as the columns that the database takes. */
  private final class Batch {
    final int size;
    final Long[] sequences;
    final UUID[] ids;
    final Long[] bases;
    final byte[][] paths;
    final byte[][] contentKeys;
    final byte[][] payloads;
    final byte[][] signatures;
    final Short[] kinds;
    final Short[] policies;
    final byte[][] asides;
    final Integer[] kept;
    final UUID[] changeSets;
    final Long[] lost;
    final Boolean[] changed;
    final List<Long> chunkSequences = new ArrayList<>();
    final List<byte[]> chunks = new ArrayList<>();

    Batch(List<Draft> drafts) {
      size = drafts.size();
      sequences = new Long[size];
      ids = new UUID[size];
      bases = new Long[size];
      paths = new byte[size][];
      contentKeys = new byte[size][];
      payloads = new byte[size][];
      signatures = new byte[size][];
      kinds = new Short[size];
      policies = new Short[size];
      asides = new byte[size][];
      kept = new Integer[size];
      changeSets = new UUID[size];
      lost = new Long[size];
      changed = new Boolean[size];
      for (int i = 0; i < size; i++) {
        add(i, drafts.get(i));
      }
    }

    private void add(int i, Draft draft) {
      Change change = draft.change();
      sequences[i] = draft.producerSequence();
      ids[i] = draft.id();
      bases[i] = draft.baseVersion();
      paths[i] = FileNames.encode(change.path());
      contentKeys[i] = ContentKey.of(change).bytes();
      payloads[i] =
          EventCodec.encode(
              new Authored(membership.host(), membership.incarnation(), draft.signed()));
      signatures[i] = key.sign(payloads[i]);
      kinds[i] = (short) Kind.of(change).code();
      policies[i] = (short) draft.terms().policy().code();
      asides[i] = draft.terms().aside().map(FileNames::encode).orElse(null);
      kept[i] = (int) draft.terms().kept().toSeconds();
      changeSets[i] = EventVerifier.changeSet(draft);
      lost[i] = draft.restored().map(Restored::version).orElse(null);
      changed[i] = draft.restored().map(Restored::changed).orElse(null);
      if (change instanceof PutFile file && file.content() instanceof Chunked chunked) {
        for (Chunk chunk : chunked.chunks()) {
          chunkSequences.add(draft.producerSequence());
          chunks.add(chunk.digest().bytes());
        }
      }
    }
  }

  private List<Outcome> send(Connection connection, Batch batch)
      throws SQLException, QueueException {
    boolean ofLost = Arrays.stream(batch.lost).anyMatch(Objects::nonNull);
    try (PreparedStatement call = connection.prepareStatement(ofLost ? APPEND_LOST : APPEND)) {
      Optional<Timeline.Known> known = timeline.furthest();
      int at = 0;
      call.setObject(++at, epoch);
      call.setObject(++at, known.map(Timeline.Known::position).orElse(null), Types.BIGINT);
      call.setObject(++at, known.map(Timeline.Known::id).orElse(null), Types.OTHER);
      call.setString(++at, membership.host());
      call.setObject(++at, membership.incarnation());
      call.setObject(++at, membership.session());
      call.setArray(++at, connection.createArrayOf("bigint", batch.sequences));
      call.setArray(++at, connection.createArrayOf("uuid", batch.ids));
      call.setArray(++at, connection.createArrayOf("bigint", batch.bases));
      call.setArray(++at, connection.createArrayOf("bytea", batch.paths));
      call.setArray(++at, connection.createArrayOf("bytea", batch.contentKeys));
      call.setArray(++at, connection.createArrayOf("bytea", batch.payloads));
      call.setArray(++at, connection.createArrayOf("bytea", batch.signatures));
      call.setArray(
          ++at, connection.createArrayOf("bigint", batch.chunkSequences.toArray(Long[]::new)));
      call.setArray(++at, connection.createArrayOf("bytea", batch.chunks.toArray(byte[][]::new)));
      call.setArray(++at, connection.createArrayOf("smallint", batch.kinds));
      call.setArray(++at, connection.createArrayOf("smallint", batch.policies));
      if (ofLost) {
        call.setObject(++at, epoch);
        call.setString(++at, membership.host());
        call.setObject(++at, membership.incarnation());
        call.setArray(++at, connection.createArrayOf("bigint", batch.sequences));
        call.setArray(++at, connection.createArrayOf("bytea", batch.paths));
        call.setArray(++at, connection.createArrayOf("uuid", batch.ids));
        call.setArray(++at, connection.createArrayOf("bigint", batch.lost));
        call.setArray(++at, connection.createArrayOf("boolean", batch.changed));
      }
      call.setArray(++at, connection.createArrayOf("bytea", batch.asides));
      call.setArray(++at, connection.createArrayOf("integer", batch.kept));
      call.setArray(++at, connection.createArrayOf("uuid", batch.changeSets));
      List<Outcome> outcomes = new ArrayList<>(batch.size);
      try (ResultSet row = call.executeQuery()) {
        while (row.next()) {
          outcomes.add(outcome(row));
        }
      }
      if (outcomes.size() != batch.size) {
        throw new Corrupt(
            0, "the database tells " + outcomes.size() + " outcomes of " + batch.size + " events");
      }
      int last = batch.size - 1;
      timeline.learn(outcomes.get(last).position(), batch.ids[last]);
      return outcomes;
    }
  }

  private static Outcome outcome(ResultSet row) throws SQLException, Corrupt {
    long position = row.getLong("out_position");
    int verdict = row.getInt("out_verdict");
    try {
      return new Outcome(
          position,
          row.getLong("out_replaced"),
          Verdict.of(verdict),
          row.getLong("out_yielded_to"));
    } catch (IllegalArgumentException e) {
      throw new Corrupt(position, "event " + position + " of the log: " + e.getMessage());
    }
  }

  /** What the append function's own errors mean; any other goes on. */
  private QueueException refusal(SQLException e) throws SQLException, QueueException {
    return switch (String.valueOf(e.getSQLState())) {
      case "TF001" -> EventReader.otherEpoch(epoch);
      case "TF002" -> registry.lost();
      case "TF006" ->
          Timeline.rewound(
              timeline.furthest().map(Timeline.Known::position).orElse(0L),
              Long.parseLong(detail(e)));
      case "TF003" ->
          new Refused(
              "the log has other events of host \""
                  + membership.host()
                  + "\" up to its number "
                  + detail(e)
                  + ": this host's state directory was copied or rolled back; mount with a new"
                  + " one");
      case "TF004" ->
          new Refused(
              "the log has events of host \""
                  + membership.host()
                  + "\" up to its number "
                  + detail(e)
                  + " only, and those offered begin later: the log or this host's state directory"
                  + " was rolled back; mount with a new state directory");
      case "TF005" ->
          new MissingChunks(
              Arrays.stream(detail(e).split(","))
                  .map(hex -> Digest.of(HexFormat.of().parseHex(hex)))
                  .collect(Collectors.toSet()));
      default -> throw e;
    };
  }

  private static String detail(SQLException e) {
    ServerErrorMessage message =
        e instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    return message == null || message.getDetail() == null ? "" : message.getDetail();
  }

  long lastProducerSequence() throws QueueException {
    return database.call(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT last_sequence FROM trifold.producer"
                      + " WHERE host = ? AND incarnation = ?")) {
            select.setString(1, membership.host());
            select.setObject(2, membership.incarnation());
            try (ResultSet row = select.executeQuery()) {
              return row.next() ? row.getLong("last_sequence") : 0L;
            }
          }
        });
  }
}
