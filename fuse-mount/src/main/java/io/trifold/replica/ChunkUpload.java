package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.Change;
import io.trifold.queue.ChunkData;
import io.trifold.queue.Digest;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends the chunks of files that the content store lacks. It takes memory for some chunks. */
final class ChunkUpload {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkUpload.class);
  private static final int STORE_BYTES = 8 << 20;

  /** A file and the chunks that it had when it was read. */
  record Chunked(String path, List<Change.Chunk> chunks) {}

  private record Piece(String path, int index, Change.Chunk chunk) {}

  private final Disk disk;

  ChunkUpload(Disk disk) {
    this.disk = disk;
  }

  /**
   * Sends what is missing.
   *
   * @return the paths of those that have something else in them by now
   */
  Set<String> send(FarmLog log, Collection<Chunked> files) throws QueueException {
    Map<Digest, Piece> pieces = new LinkedHashMap<>();
    for (Chunked file : files) {
      int index = 0;
      for (Change.Chunk chunk : file.chunks()) {
        pieces.putIfAbsent(chunk.digest(), new Piece(file.path(), index++, chunk));
      }
    }
    if (pieces.isEmpty()) {
      return Set.of();
    }
    Set<Digest> missing = log.missing(pieces.keySet());
    pieces.keySet().retainAll(missing);
    List<ChunkData> load = new ArrayList<>();
    Set<String> changed = new HashSet<>();
    int bytes = 0;
    for (Piece piece : pieces.values()) {
      if (bytes + piece.chunk.length() > STORE_BYTES) {
        log.store(load);
        load.clear();
        bytes = 0;
      }
      Optional<ChunkData> content = read(piece);
      if (content.isPresent()) {
        load.add(content.get());
        bytes += content.get().bytes().length;
      } else {
        changed.add(piece.path);
      }
    }
    if (!load.isEmpty()) {
      log.store(load);
    }
    return changed;
  }

  private Optional<ChunkData> read(Piece piece) {
    try (Disk.Source source = disk.read(piece.path)) {
      return FileContent.chunk(source, piece.index, piece.chunk);
    } catch (ErrnoException e) {
      LOG.debug("{} cannot be read again: {}", piece.path, e.getMessage());
      return Optional.empty();
    }
  }
}
