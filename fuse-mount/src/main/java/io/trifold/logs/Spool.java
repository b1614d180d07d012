package io.trifold.logs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What was written to logs and has not arrived everywhere yet, in files: so it outlives the daemon,
 * and an outage of the database costs disk and no memory. An entry is in the system's cache when
 * {@link #append} returns; {@link #sync} forces it to the disk.
 *
 * <p>Each {@link Outlet} reads in order and says up to where it is done; what all are done with is
 * deleted, a file at a time. Thread-safe.
 */
final class Spool implements AutoCloseable {
  /** Who takes entries out. */
  enum Outlet {
    CLOUD,
    SYSLOG
  }

  private static final long LONGEST_SEGMENT = 4 << 20;

  /** As only whole segments are deleted, a small spool has small ones. */
  private static final int LEAST_SEGMENTS = 4;

  private static final String PREFIX = "spool-";

  private final Path directory;
  private final long limit;
  private final long segmentSize;
  private final FileChannel doneFile;

  /**
   * Mapped: what stands in it outlives the process, as what is written does, for no system call.
   */
  private final MappedByteBuffer doneThere;

  private final Deque<Segment> segments = new ArrayDeque<>();

  /** Of each outlet, by its ordinal in the file. */
  private final Map<Outlet, Long> done = new HashMap<>();

  /** The first sequence that a writer's held beginning needs, by writer. */
  private final Map<Long, Long> holding = new HashMap<>();

  /** By writer, in the order in which they last wrote. */
  private final Map<Long, Spooled> left = new LinkedHashMap<>();

  private final Map<String, Spooled> lastByPath = new LinkedHashMap<>();
  private long next;
  private long bytes;
  private long wakes;

  private Spool(Path directory, long limit) throws IOException {
    this.directory = directory;
    this.limit = limit;
    this.segmentSize = Math.min(LONGEST_SEGMENT, limit / LEAST_SEGMENTS);
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    doneFile =
        FileChannel.open(
            directory.resolve("done"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    doneThere = readDone();
    recover();
    next = Math.max(next, Math.max(done.get(Outlet.CLOUD), done.get(Outlet.SYSLOG)) + 1);
    if (next == 1) {
      // A clock that was not set back makes numbers that no spool had that was here before.
      next = System.currentTimeMillis() << 16;
    }
    roll();
    trim();
  }

  /**
   * Opens the spool in this directory, or makes one.
   *
   * @param limit how many bytes it may have
   */
  static Spool open(Path directory, long limit) throws IOException {
    return new Spool(directory, limit);
  }

  private MappedByteBuffer readDone() throws IOException {
    if (doneFile.size() < 16) {
      // Written, not just made longer: on a full disk this fails, not the mapping later.
      doneFile.write(ByteBuffer.allocate(16), 0);
    }
    MappedByteBuffer positions = doneFile.map(FileChannel.MapMode.READ_WRITE, 0, 16);
    done.put(Outlet.CLOUD, positions.getLong(0));
    done.put(Outlet.SYSLOG, positions.getLong(8));
    return positions;
  }

  /** Finds the segments' ends, and what their writers held when the daemon ended. */
  private void recover() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.filter(f -> f.getFileName().toString().startsWith(PREFIX)).sorted().toList();
    }
    for (Path file : files) {
      Segment segment = Segment.open(file);
      SegmentReader reader = new SegmentReader(segment);
      for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
        segment.setLast(entry.get().lines().sequence());
        recover(entry.get());
      }
      next = Math.max(next, segment.last() + 1);
      if (reader.offset() == 0) {
        segment.delete();
      } else {
        segments.add(segment);
        bytes += segment.size();
      }
    }
  }

  private void recover(Spooled entry) {
    if (entry.offset() >= 0) {
      lastByPath.put(entry.lines().path(), entry);
    }
    Spooled before = left.get(entry.writer());
    if (!entry.grows() || before == null) {
      before = entry.withHeld(new byte[0]);
      holding.remove(entry.writer());
    }
    byte[] held = Arrays.copyOf(before.held(), before.held().length + entry.held().length);
    System.arraycopy(entry.held(), 0, held, before.held().length, entry.held().length);
    if (held.length == 0) {
      left.remove(entry.writer());
      holding.remove(entry.writer());
    } else {
      left.put(entry.writer(), entry.withHeld(held));
      holding.putIfAbsent(entry.writer(), entry.lines().sequence());
    }
  }

  /**
   * What writers of earlier daemons held, and nobody has ended. Who does so appends the line as
   * that writer's.
   */
  List<Spooled> left() {
    return List.copyOf(left.values());
  }

  /** The last lines of each log before this start: the only ones that it may not have whole. */
  List<Spooled> lastOfEach() {
    return List.copyOf(lastByPath.values());
  }

  private void roll() throws IOException {
    Segment segment = Segment.make(directory, next);
    segments.add(segment);
  }

  /** Whether so many bytes more fit. */
  synchronized boolean admits(int length) throws IOException {
    Segment newest = segments.getLast();
    if (bytes + length > limit && newest.size() > 0 && newest.last() < needed()) {
      // What nobody needs any more must not be in the way.
      roll();
      trim();
    }
    return bytes + length <= limit;
  }

  /**
   * Appends an entry, under a sequence of its own, which is returned.
   *
   * @param entry whose sequence does not matter
   */
  synchronized long append(Spooled entry) throws IOException {
    if (segments.getLast().size() >= segmentSize) {
      roll();
      trim();
    }
    long sequence = next;
    byte[] encoded = SpoolCodec.encode(entry.withSequence(sequence));
    segments.getLast().append(encoded, sequence);
    next++;
    bytes += encoded.length;
    if (!entry.grows()) {
      holding.remove(entry.writer());
    }
    if (entry.held().length > 0) {
      holding.putIfAbsent(entry.writer(), sequence);
    }
    notifyAll();
    return sequence;
  }

  /** An outlet's place in the spool; of one thread. */
  final class Reader {
    private final Outlet outlet;
    private Optional<SegmentReader> reader = Optional.empty();
    private long after;

    private Reader(Outlet outlet, long after) {
      this.outlet = outlet;
      this.after = after;
    }

    /** The next entry for this outlet; none if there is none yet. */
    Optional<Spooled> next() throws IOException {
      while (true) {
        synchronized (Spool.this) {
          Optional<SegmentReader> more = following(reader);
          if (more.isEmpty()) {
            after = Math.max(after, last());
            return Optional.empty();
          }
          reader = more;
        }
        Optional<Spooled> next = reader.get().next();
        if (next.isEmpty()) {
          reader.get().skip(); // where a crash has cut it off
          continue;
        }
        Spooled entry = next.get();
        boolean ours = outlet == Outlet.CLOUD ? entry.cloud() : entry.syslog();
        if (ours && entry.lines().sequence() > after) {
          return Optional.of(entry);
        }
        after = Math.max(after, entry.lines().sequence());
      }
    }

    /** Up to where there is nothing for this outlet that was not read. */
    long passed() {
      return after;
    }
  }

  /** Where there is more to read: in this segment or the one behind it; none if nowhere yet. */
  private Optional<SegmentReader> following(Optional<SegmentReader> current) {
    if (current.isPresent() && !current.get().isAtEnd()) {
      return current;
    }
    long after = current.map(reader -> reader.segment().first()).orElse(Long.MIN_VALUE);
    for (Segment segment : segments) {
      if (segment.first() > after && segment.size() > 0) {
        return Optional.of(new SegmentReader(segment));
      }
    }
    return Optional.empty();
  }

  /** Reads from behind this sequence on. */
  Reader reader(Outlet outlet, long after) {
    return new Reader(outlet, after);
  }

  /** Up to where an outlet is done, as it said. */
  synchronized long done(Outlet outlet) {
    return done.get(outlet);
  }

  /** An outlet is done up to here. */
  synchronized void done(Outlet outlet, long sequence) throws IOException {
    if (sequence <= done.get(outlet)) {
      return;
    }
    done.put(outlet, sequence);
    doneThere.putLong(outlet == Outlet.CLOUD ? 0 : 8, sequence);
    trim();
  }

  /** Deletes what nobody needs; the last segment stays, for its name says how far numbers went. */
  private void trim() throws IOException {
    long needed = needed();
    while (segments.size() > 1 && segments.getFirst().last() < needed) {
      Segment old = segments.removeFirst();
      bytes -= old.size();
      old.delete();
    }
  }

  /** The first sequence that somebody needs. */
  private long needed() {
    long needed = Math.min(done.get(Outlet.CLOUD), done.get(Outlet.SYSLOG)) + 1;
    for (long sequence : holding.values()) {
      needed = Math.min(needed, sequence);
    }
    return needed;
  }

  /** Numbers up to here are taken. */
  synchronized void skip(long sequence) {
    next = Math.max(next, sequence + 1);
  }

  /** Waits for something new, or so long. */
  synchronized void await(long afterSequence, long millis) throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    long woken = wakes;
    while (next - 1 <= afterSequence && wakes == woken && System.nanoTime() - end < 0) {
      wait(millis);
    }
  }

  /** The last sequence that was given. */
  synchronized long last() {
    return next - 1;
  }

  /** How many bytes it has. */
  synchronized long bytes() {
    return bytes;
  }

  long limit() {
    return limit;
  }

  /** Wakes those who wait. */
  synchronized void wake() {
    wakes++;
    notifyAll();
  }

  /** Forces all that was appended to the disk. */
  void sync() throws IOException {
    List<Segment> all;
    synchronized (this) {
      all = List.copyOf(segments);
    }
    for (Segment segment : all) {
      segment.sync();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    for (Segment segment : segments) {
      segment.close();
    }
    doneFile.close();
  }
}
