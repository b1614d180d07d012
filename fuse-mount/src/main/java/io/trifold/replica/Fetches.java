package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.FarmLog;
import io.trifold.queue.QueueException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Fetches the content of large files aside, so that the events behind theirs are not held up. The
 * position passes such an event with a durable record that it is unapplied; when the content is
 * here, the path is brought up to date as after any other reason to wait. One thread does the work;
 * any may ask.
 */
final class Fetches implements AsideLoop.Load {
  /** Fetches one file's content to a place beside it, durably. */
  interface Fetching {
    /**
     * Fetches.
     *
     * @return where it is, to be given to {@link #discard} if nobody takes it
     */
    String fetch(FarmLog log, Change.PutFile file, BooleanSupplier goesOn)
        throws QueueException, ErrnoException;

    void discard(String beside);
  }

  /**
   * Content that is here, or cannot be had.
   *
   * @param beside where it is, unless there is a failure
   * @param failure why it is not, in a line
   */
  record Fetched(Optional<String> beside, Optional<String> failure) {}

  private static final class Fetch {
    final Change.PutFile file;
    Optional<Fetched> result = Optional.empty();

    Fetch(Change.PutFile file) {
      this.file = file;
    }
  }

  private final Fetching fetching;
  private final Signal work = new Signal();
  private final Map<String, Fetch> fetches = new HashMap<>();
  private final List<Fetch> wanted = new ArrayList<>();

  Fetches(Fetching fetching) {
    this.fetching = fetching;
  }

  /** Whether the content of that size goes this way. */
  static boolean isLarge(Change change) {
    return change instanceof Change.PutFile file
        && file.size() >= LargeFiles.LARGE
        && file.content() instanceof Change.Content.Chunked;
  }

  /** Has the file's content fetched, unless it is, or is on its way. */
  synchronized void want(Change.PutFile file) {
    Fetch known = fetches.get(file.path());
    if (known != null && known.file.digest().equals(file.digest())) {
      return;
    }
    drop(file.path());
    Fetch fetch = new Fetch(file);
    fetches.put(file.path(), fetch);
    wanted.add(fetch);
    work.raise();
  }

  private void drop(String path) {
    Fetch fetch = fetches.remove(path);
    if (fetch != null) {
      wanted.remove(fetch);
      fetch.result.flatMap(Fetched::beside).ifPresent(fetching::discard);
    }
  }

  /**
   * Whether something is on its way for the path, so that there is nothing to be done there yet.
   */
  synchronized boolean isOnItsWay(String path) {
    Fetch fetch = fetches.get(path);
    return fetch != null && fetch.result.isEmpty();
  }

  /** Whether this content is on its way, for whatever path. */
  synchronized boolean isOnItsWay(Digest content) {
    return fetches.values().stream()
        .anyMatch(fetch -> fetch.result.isEmpty() && fetch.file.digest().equals(content));
  }

  /** Whether that content is here, or is known not to be had. */
  synchronized boolean isHere(Change.PutFile file) {
    Fetch fetch = fetches.get(file.path());
    return fetch != null && fetch.file.digest().equals(file.digest()) && fetch.result.isPresent();
  }

  /** Hands that content over, if it is here. */
  synchronized Optional<Fetched> take(String path, Digest digest) {
    Fetch fetch = fetches.get(path);
    if (fetch == null || !fetch.file.digest().equals(digest) || fetch.result.isEmpty()) {
      return Optional.empty();
    }
    fetches.remove(path);
    return fetch.result;
  }

  /** Forgets what is for other paths than these: they were brought up to date otherwise. */
  synchronized void retain(Set<String> paths) {
    if (!fetches.isEmpty()) {
      for (String path : List.copyOf(fetches.keySet())) {
        if (!paths.contains(path)) {
          drop(path);
        }
      }
    }
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
    Fetch fetch;
    synchronized (this) {
      if (wanted.isEmpty()) {
        return;
      }
      fetch = wanted.get(0);
    }
    Fetched result;
    try {
      String beside =
          fetching.fetch(log, fetch.file, () -> goesOn.getAsBoolean() && isWanted(fetch));
      result = new Fetched(Optional.of(beside), Optional.empty());
    } catch (ErrnoException | QueueException.Corrupt e) {
      result = new Fetched(Optional.empty(), Optional.of(String.valueOf(e.getMessage())));
    }
    synchronized (this) {
      wanted.remove(fetch);
      if (isWanted(fetch)) {
        fetch.result = Optional.of(result);
      } else {
        result.beside().ifPresent(fetching::discard);
      }
    }
  }

  private synchronized boolean isWanted(Fetch fetch) {
    return fetches.get(fetch.file.path()) == fetch;
  }
}
