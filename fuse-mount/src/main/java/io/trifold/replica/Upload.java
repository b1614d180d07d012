package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends the content that a batch names and the store lacks. */
final class Upload {
  private static final Logger LOG = LoggerFactory.getLogger(Upload.class);
  private static final int STORE_BYTES = 8 << 20;

  private final Disk disk;

  Upload(Disk disk) {
    this.disk = disk;
  }

  private record Piece(String path, int index, Change.Chunk chunk) {}

  /**
   * Sends what is missing.
   *
   * @return the paths of files that changed since they were planned
   */
  Set<String> send(FarmLog log, List<Plan.Item> items) throws QueueException {
    Map<Digest, Piece> pieces = pieces(items);
    if (pieces.isEmpty()) {
      return Set.of();
    }
    Set<Digest> missing = log.missing(pieces.keySet());
    List<byte[]> load = new ArrayList<>();
    Set<String> changed = new HashSet<>();
    int bytes = 0;
    for (Piece piece : pieces.values()) {
      if (!missing.contains(piece.chunk.digest())) {
        continue;
      }
      if (bytes + piece.chunk.length() > STORE_BYTES) {
        log.store(load);
        load.clear();
        bytes = 0;
      }
      Optional<byte[]> content = read(piece);
      if (content.isPresent()) {
        load.add(content.get());
        bytes += content.get().length;
      } else {
        changed.add(piece.path);
      }
    }
    if (!load.isEmpty()) {
      log.store(load);
    }
    return changed;
  }

  private static Map<Digest, Piece> pieces(List<Plan.Item> items) {
    Map<Digest, Piece> pieces = new LinkedHashMap<>();
    for (Plan.Item item : items) {
      if (item.change() instanceof Change.PutFile put
          && put.content() instanceof Change.Content.Chunked chunked) {
        int index = 0;
        for (Change.Chunk chunk : chunked.chunks()) {
          pieces.putIfAbsent(chunk.digest(), new Piece(put.path(), index++, chunk));
        }
      }
    }
    return pieces;
  }

  private Optional<byte[]> read(Piece piece) {
    try (Disk.Source source = disk.read(piece.path)) {
      return FileContent.chunk(source, piece.index, piece.chunk);
    } catch (ErrnoException e) {
      LOG.debug("{} cannot be read again: {}", piece.path, e.getMessage());
      return Optional.empty();
    }
  }
}
