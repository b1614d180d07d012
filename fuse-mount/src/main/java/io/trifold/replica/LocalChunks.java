package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Chunks of a file that this disk has already, at the same place of other files: the file's older
 * version where it was edited, the one under its old name where it was renamed. What is read is
 * taken only if its digest is right, whatever becomes of those files meanwhile. Thread-safe.
 */
final class LocalChunks implements AutoCloseable {
  /** After so many chunks in a row that were others, a file is not looked into any more. */
  private static final int PATIENCE = 4;

  private static final class Candidate {
    final Disk.Source source;
    int missed;

    Candidate(Disk.Source source) {
      this.source = source;
    }
  }

  private final List<Candidate> candidates = new ArrayList<>();
  private byte[] buffer = {};

  private LocalChunks() {}

  /** Of these files, as far as they are there and can be read. */
  static LocalChunks of(Disk disk, Iterable<String> paths) {
    LocalChunks chunks = new LocalChunks();
    for (String path : paths) {
      chunks.add(disk, path);
    }
    return chunks;
  }

  private void add(Disk disk, String path) {
    try {
      if (disk.look(path).filter(stat -> stat.isRegular() && stat.size() > 0).isPresent()) {
        candidates.add(new Candidate(disk.read(path)));
      }
    } catch (ErrnoException e) {
      // Gone, or not a file any more: the content comes from the log.
      return;
    }
  }

  /** The chunk, if it stands at this offset of one of the files. */
  synchronized Optional<byte[]> at(long offset, Change.Chunk chunk) {
    for (Candidate candidate : candidates) {
      if (candidate.missed < PATIENCE) {
        if (read(candidate, offset, chunk.length()).equals(OptionalInt.of(chunk.length()))
            && Digest.sha256(buffer).equals(chunk.digest())) {
          candidate.missed = 0;
          byte[] found = buffer;
          buffer = new byte[0];
          return Optional.of(found);
        }
        candidate.missed++;
      }
    }
    return Optional.empty();
  }

  /** How much was read, if anything could be. */
  private OptionalInt read(Candidate candidate, long offset, int length) {
    if (buffer.length != length) {
      buffer = new byte[length];
    }
    try {
      return OptionalInt.of(candidate.source.read(offset, buffer, length));
    } catch (ErrnoException e) {
      candidate.missed = PATIENCE;
      return OptionalInt.empty();
    }
  }

  @Override
  public synchronized void close() {
    candidates.forEach(candidate -> candidate.source.close());
  }
}
