package io.trifold.daemon;

import io.trifold.config.MountSettings;
import io.trifold.queue.QueueException;
import io.trifold.rules.RuleException;
import java.util.function.Consumer;

/** Serves a mount in the process of the command, which stays. */
public final class Foreground {
  private final MountSettings settings;

  public Foreground(MountSettings settings) {
    this.settings = settings;
  }

  /**
   * Returns after the mount has ended.
   *
   * @param say told that it is mounted, and what there is to know before; a line each
   */
  public void run(Consumer<String> say)
      throws MountException, RuleException, QueueException, InterruptedException {
    MountState state = MountState.prepare(settings.state(), settings.root());
    Audience audience =
        new Audience() {
          @Override
          public void warn(String message) {
            say.accept("warning: " + message);
          }

          @Override
          public boolean ready(String transport) {
            say.accept(
                settings.root() + " is mounted as host " + settings.host() + ", until Ctrl-C");
            return true;
          }
        };
    new Serving(settings, state, audience).run();
  }
}
