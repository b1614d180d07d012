package io.trifold.daemon;

import io.trifold.config.MountSettings;
import io.trifold.queue.QueueException;
import io.trifold.rules.RuleException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one mount in this process, from the opening until it is unmounted or the process is told
 * to end (SIGTERM, SIGINT, SIGHUP).
 */
final class Serving {
  private static final Logger log = LoggerFactory.getLogger(Serving.class);

  private final MountSettings settings;
  private final MountState state;
  private final Audience audience;

  /** Guards the fields below; held while the mount is opened and closed. */
  private final Object lifecycle = new Object();

  private MountedRoot mounted;
  private boolean ended;

  Serving(MountSettings settings, MountState state, Audience audience) {
    this.settings = settings;
    this.state = state;
    this.audience = audience;
  }

  /** Returns after the mount has ended, and everything that belongs to it. */
  void run() throws MountException, RuleException, QueueException, InterruptedException {
    try (FileChannel lock = state.lock()) {
      // Before anything unpacks native code.
      System.setProperty("java.io.tmpdir", state.emptyTemporary().toString());
      Thread onSignal = new Thread(this::endBySignal, "end");
      Runtime.getRuntime().addShutdownHook(onSignal);
      try {
        serve();
      } finally {
        end();
        forget(onSignal);
      }
      log.debug("giving up {}", lock);
    } catch (IOException e) {
      throw new MountException(state + " cannot be released: " + MountException.reason(e), e);
    }
  }

  private void serve() throws MountException, RuleException, QueueException, InterruptedException {
    MountedRoot it;
    synchronized (lifecycle) {
      if (ended) {
        return;
      }
      it = MountedRoot.open(settings, state, audience::warn);
      mounted = it;
    }
    if (audience.ready(it.transport())) {
      it.awaitEnd();
    } else {
      log.warn("nobody waits for the mount any more");
    }
  }

  private void end() {
    synchronized (lifecycle) {
      ended = true;
      if (mounted != null) {
        mounted.close();
        mounted = null;
        log.info("{} is unmounted", settings.root());
      }
      state.clearTemporary();
    }
  }

  /** A signal is the ordinary way to end a daemon, and not the failure that Java makes of it. */
  private void endBySignal() {
    log.info("told to end");
    try {
      end();
    } catch (RuntimeException e) {
      log.error("could not end in order", e);
      Runtime.getRuntime().halt(1);
    }
    Runtime.getRuntime().halt(0);
  }

  private static void forget(Thread onSignal) {
    try {
      Runtime.getRuntime().removeShutdownHook(onSignal);
    } catch (IllegalStateException e) {
      log.debug("ending by a signal", e);
    }
  }
}
