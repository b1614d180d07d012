package io.trifold.inspect;

import io.trifold.fuse.Caller;
import io.trifold.fuse.Interruption;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.replica.LogPosition;
import io.trifold.replica.PositionException;
import io.trifold.replica.Positions;
import io.trifold.tree.VirtualNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * Positions for applications: {@code position}, and a directory {@code wait} in which opening a
 * file named as a position waits for it.
 */
final class PositionFiles {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Each has a thread; beyond that there is something wrong. */
  private static final int MOST_WAITERS = 256;

  private final Positions positions;
  private final Semaphore places = new Semaphore(MOST_WAITERS);

  PositionFiles(Positions positions) {
    this.positions = positions;
  }

  VirtualNode.File position() {
    return waiting(() -> positions.current(LIMIT, Interruption::raised).toString());
  }

  VirtualNode.Directory waits() {
    return new VirtualNode.Directory() {
      @Override
      public Set<String> names() {
        return Set.of();
      }

      @Override
      public Optional<VirtualNode> find(String name) {
        return LogPosition.parse(name).map(position -> waiting(() -> applied(position)));
      }
    };
  }

  private String applied(LogPosition position) throws PositionException, InterruptedException {
    return positions
        .await(position, LIMIT, Interruption::raised)
        .map(parked -> "applied, except what is parked: " + parked)
        .orElse("applied");
  }

  private interface Line {
    String get() throws PositionException, InterruptedException;
  }

  private VirtualNode.File waiting(Line line) {
    return new VirtualNode.File() {
      @Override
      public boolean mayWait() {
        return true;
      }

      @Override
      public byte[] read(Caller caller) throws ErrnoException {
        if (!places.tryAcquire()) {
          throw new ErrnoException(Errno.EAGAIN, MOST_WAITERS + " others wait already");
        }
        try {
          return (line.get() + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (PositionException e) {
          throw new ErrnoException(errno(e.reason()), e.getMessage());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new ErrnoException(Errno.EINTR, "a wait for a position");
        } finally {
          places.release();
        }
      }
    };
  }

  private static int errno(PositionException.Cause cause) {
    return switch (cause) {
      case TIMED_OUT -> Errno.ETIMEDOUT;
      case IMPOSSIBLE -> Errno.EINVAL;
      case GIVEN_UP -> Errno.EINTR;
      case STOPPED -> Errno.EIO;
    };
  }
}
