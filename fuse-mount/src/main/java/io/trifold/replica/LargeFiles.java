package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import io.trifold.queue.Xattrs;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Reads and sends the content of large files aside, so that others are not held up by them. Capture
 * hands over the mark of such a file, which stays taken, and takes it back with the content when
 * all of it is in the store; the event is appended then. The order among the other files stays. One
 * thread reads, others send; any may look.
 */
final class LargeFiles implements AsideLoop.Load {
  /** From this size on a file is worth the way. */
  static final long LARGE = 4 << 20;

  /**
   * What became of one.
   *
   * @param content empty if the file changed meanwhile
   * @param looked when reading began
   * @param error why it could not be read, if so
   */
  record Done(
      Mark mark, Optional<FileContent> content, Instant looked, Optional<ErrnoException> error) {}

  private record Wanted(Mark mark, Xattrs logged) {}

  private final Disk disk;
  private final InstantSource clock;
  private final Executor helpers;
  private final Signal work = new Signal();
  private final Queue<Wanted> wanted = new ArrayDeque<>();
  private final Queue<Done> done = new ArrayDeque<>();
  private final Set<String> paths = new HashSet<>();

  /**
   * @param helpers send while one reads
   */
  LargeFiles(Disk disk, InstantSource clock, Executor helpers) {
    this.disk = disk;
    this.clock = clock;
    this.helpers = helpers;
  }

  /**
   * Takes over a file.
   *
   * @param logged what the log says of its extended attributes
   */
  synchronized void add(Mark mark, Xattrs logged) {
    paths.add(mark.path());
    wanted.add(new Wanted(mark, logged));
    work.raise();
  }

  /** Whether the file is here, from {@link #add} until it is given back. */
  synchronized boolean has(String path) {
    return paths.contains(path);
  }

  /** Whether one of these files is here. */
  synchronized boolean hasAny(Predicate<String> which) {
    return paths.stream().anyMatch(which);
  }

  /** Gives one of these back that is done with. */
  synchronized Optional<Done> next(Predicate<String> which) {
    for (Iterator<Done> each = done.iterator(); each.hasNext(); ) {
      Done file = each.next();
      if (which.test(file.mark().path())) {
        each.remove();
        paths.remove(file.mark().path());
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /** Ends a wait for something to do. */
  void wake() {
    work.raise();
  }

  /** Waits until there is something to do; false if there is nothing still. */
  @Override
  public boolean await(long millis) throws InterruptedException {
    if (isIdle()) {
      work.await(millis);
    }
    return !isIdle();
  }

  private synchronized boolean isIdle() {
    return wanted.isEmpty();
  }

  /**
   * Does the first one's work.
   *
   * @param goesOn whether the work is still wanted
   * @throws QueueException.Unreachable if it is to be called again when the queue is back
   */
  @Override
  public void step(FarmLog log, BooleanSupplier goesOn) throws QueueException {
    Wanted file;
    synchronized (this) {
      file = wanted.peek();
    }
    if (file == null) {
      return;
    }
    Done result = send(log, file, goesOn);
    synchronized (this) {
      wanted.remove();
      done.add(result);
    }
  }

  private Done send(FarmLog log, Wanted file, BooleanSupplier goesOn) throws QueueException {
    Instant looked = clock.instant();
    String path = file.mark().path();
    try (StreamedUpload upload = new StreamedUpload(log, helpers, goesOn)) {
      Optional<FileContent> content = FileContent.read(disk, path, file.logged(), upload);
      upload.finish();
      return new Done(file.mark(), content, looked, Optional.empty());
    } catch (ErrnoException e) {
      return new Done(file.mark(), Optional.empty(), looked, Optional.of(e));
    }
  }
}
