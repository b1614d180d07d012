package io.trifold.daemon;

import io.trifold.config.MountSettings;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.queue.QueueException;
import io.trifold.rules.RuleException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a mount in a process whose caller goes on when the mount answers. From then on it has
 * nothing of the caller's any more: its standard error is the log.
 */
public final class Detached {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final String NULL = "/dev/null";

  private final MountSettings settings;
  private final BooleanSupplier letGo;
  private boolean alone;

  /**
   * Prepares to serve.
   *
   * @param letGo lets the caller go, and tells whether it was still there
   */
  public Detached(MountSettings settings, BooleanSupplier letGo) {
    this.settings = settings;
    this.letGo = letGo;
  }

  /**
   * Returns after the mount has ended.
   *
   * @param warn told what there is to know before it is mounted, a line each
   * @param say told that it is mounted, and how; one line
   * @return the process's exit code
   */
  public int run(Consumer<String> warn, Consumer<String> say)
      throws MountException, RuleException, QueueException, InterruptedException {
    MountState state = MountState.prepare(settings.state(), settings.root());
    Logging.toFile(state.log());
    try {
      redirect(state);
      new Serving(settings, state, audience(warn, say)).run();
      return 0;
    } catch (MountException | RuleException | QueueException e) {
      log().error("{}", e.getMessage());
      log().debug("because of", e);
      if (alone) {
        return 1;
      }
      throw e;
    } catch (InterruptedException | RuntimeException | Error e) {
      log().error("internal error", e);
      throw e;
    }
  }

  private static Logger log() {
    return LoggerFactory.getLogger(Detached.class);
  }

  /** What libraries and the JVM itself have to say is for the log. */
  private static void redirect(MountState state) throws MountException {
    try {
      Posix.redirect(STDIN, NULL, Posix.O_RDONLY);
      Posix.redirect(
          STDERR, state.log().toString(), Posix.O_WRONLY | Posix.O_CREAT | Posix.O_APPEND);
    } catch (ErrnoException e) {
      throw new MountException(state.log() + " cannot be written: " + e.getMessage(), e);
    }
  }

  private Audience audience(Consumer<String> warn, Consumer<String> say) {
    return new Audience() {
      @Override
      public void warn(String message) {
        warn.accept(message);
      }

      @Override
      public boolean ready(String transport) {
        say.accept(
            "%s is mounted as host %s (%s transport, pid %d)"
                .formatted(
                    settings.root(), settings.host(), transport, ProcessHandle.current().pid()));
        boolean wanted = letGo.getAsBoolean();
        alone = true;
        try {
          Posix.redirect(STDOUT, NULL, Posix.O_WRONLY);
        } catch (ErrnoException e) {
          log().debug("standard output stays as it is", e);
        }
        return wanted;
      }
    };
  }
}
