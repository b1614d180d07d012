package io.trifold.queue.embedded;

import io.trifold.queue.QueueException.Refused;
import io.trifold.queue.QueueSettings;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One mount's share in the PostgreSQL server of a state directory. The first that joins starts it,
 * the last that leaves stops it, its data stay. It runs in a session of its own and outlives the
 * process that started it; one whose last mount was killed runs on, and is joined or stopped by the
 * next.
 *
 * <p>In {@code STATE/queue}: {@code pgsql-VERSION} its programs, {@code data}, {@code log}, {@code
 * password} (readable by the owner alone), {@code port}, and the locks: {@code start.lock} is held
 * while one starts or stops it, {@code clients.lock} is shared by the processes that use it, {@code
 * server.lock} is held by the server. Taken in this order.
 *
 * <p>Thread-safe.
 */
@SuppressWarnings("try") // locks are held, not read
public final class EmbeddedPostgres implements AutoCloseable {
  /** Characters that {@code pg_ctl} would hand to a shell. */
  private static final String UNSAFE = "\"'`$\\\n";

  /** Guards {@link #SHARES}, and is taken before any lock file. */
  private static final ReentrantLock lock = new ReentrantLock();

  /** This process's shares by directory: the kernel knows only processes. */
  private static final Map<Path, Share> SHARES = new HashMap<>();

  private static final class Share {
    final ProcessLock clients;
    int users;

    Share(ProcessLock clients) {
      this.clients = clients;
    }
  }

  private final Path home;
  private QueueSettings settings;
  private boolean closed;

  private EmbeddedPostgres(Path home) {
    this.home = home;
  }

  /**
   * Joins the server of this state directory, and starts it if it does not run. The first time this
   * takes some seconds.
   *
   * @param stateDirectory is made if it is not there
   * @throws Refused if there is no PostgreSQL for this machine, or it does not start: one clear
   *     line
   */
  public static EmbeddedPostgres join(Path stateDirectory) throws Refused {
    lock.lock();
    try {
      Path home = makeHome(stateDirectory);
      EmbeddedPostgres handle = new EmbeddedPostgres(home);
      try (ProcessLock starting = startLock(home)) {
        Share share = SHARES.get(home);
        boolean first = share == null;
        if (first) {
          share = new Share(ProcessLock.take(home.resolve("clients.lock"), true));
        }
        try {
          handle.settings = new Cluster(home).ensureRunning();
        } catch (IOException | InterruptedException | Refused | RuntimeException e) {
          if (first) {
            share.clients.close();
          }
          throw e;
        }
        share.users++;
        SHARES.put(home, share);
      }
      return handle;
    } catch (IOException e) {
      throw failed("start", stateDirectory, e);
    } catch (InterruptedException e) {
      throw interrupted("starting", stateDirectory, e);
    } finally {
      lock.unlock();
    }
  }

  private static Path makeHome(Path stateDirectory) throws IOException, Refused {
    Path state = stateDirectory.toAbsolutePath();
    for (int i = 0; i < UNSAFE.length(); i++) {
      if (state.toString().indexOf(UNSAFE.charAt(i)) >= 0) {
        throw new Refused(
            "the embedded database cannot be in "
                + state
                + ": quotes, $ and \\ in the name; choose another --state");
      }
    }
    Path home = state.resolve("queue");
    if (!Files.isDirectory(home)) {
      Files.createDirectories(state);
      Files.createDirectories(
          home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    return home.toRealPath();
  }

  private static ProcessLock startLock(Path home) throws IOException {
    return ProcessLock.take(home.resolve("start.lock"), false);
  }

  private static Refused failed(String verb, Path where, IOException e) {
    String reason =
        e instanceof AccessDeniedException ? "access denied: " + e.getMessage() : e.getMessage();
    return new Refused("cannot " + verb + " the embedded database in " + where + ": " + reason, e);
  }

  private static Refused interrupted(String doing, Path where, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new Refused("interrupted while " + doing + " the embedded database in " + where, e);
  }

  /** How to connect. After {@link #ensureRunning} the port may be another. */
  public QueueSettings settings() {
    lock.lock();
    try {
      return settings;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Starts the server again if it is gone (killed for want of memory, stopped by hand).
   *
   * @return how to connect now
   */
  public QueueSettings ensureRunning() throws Refused {
    lock.lock();
    try (ProcessLock starting = startLock(home)) {
      settings = new Cluster(home).ensureRunning();
      return settings;
    } catch (IOException e) {
      throw failed("start", home, e);
    } catch (InterruptedException e) {
      throw interrupted("starting", home, e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Leaves the server, and stops it if nobody else uses it. Waits until it has stopped.
   *
   * @throws Refused if it does not stop: one clear line
   */
  @Override
  public void close() throws Refused {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        leave();
      }
    } catch (IOException e) {
      throw failed("stop", home, e);
    } catch (InterruptedException e) {
      throw interrupted("stopping", home, e);
    } finally {
      lock.unlock();
    }
  }

  private void leave() throws IOException, InterruptedException, Refused {
    Share share = SHARES.get(home);
    share.users--;
    if (share.users > 0) {
      return;
    }
    SHARES.remove(home);
    // Who joins holds the start lock from before it takes its share to when the server runs.
    try (ProcessLock starting = startLock(home);
        ProcessLock clients = share.clients) {
      if (clients.becomeExclusive()) {
        new Cluster(home).stop();
      }
    }
  }
}
