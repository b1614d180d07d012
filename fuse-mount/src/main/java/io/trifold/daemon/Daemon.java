package io.trifold.daemon;

import io.trifold.config.MountSettings;
import io.trifold.queue.QueueException;
import io.trifold.rules.RuleException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that serves a mount in the background; {@link Background} is the one that starts it.
 * Between them: the settings on its standard input, and on its standard output lines of a word and
 * a text, the last of them {@code ready} or {@code error}. Its standard error is the log.
 */
public final class Daemon {
  static final String WARNING = "warning";
  static final String READY = "ready";
  static final String ERROR = "error";

  private final PrintStream out;

  private Daemon(PrintStream out) {
    this.out = out;
  }

  /**
   * Serves until the mount has ended.
   *
   * @return the process's exit code
   */
  public static int run(InputStream in, PrintStream out) throws IOException {
    MountSettings settings = MountSettings.read(new InputStreamReader(in, StandardCharsets.UTF_8));
    return new Daemon(out).serve(settings);
  }

  private int serve(MountSettings settings) throws IOException {
    try {
      MountState state = MountState.prepare(settings.state(), settings.root());
      // Before the first logger is made.
      System.setProperty("trifold.log", state.log().toString());
      System.setProperty("logback.configurationFile", "logback-daemon.xml");
      new Serving(settings, state, audience()).run();
      return 0;
    } catch (MountException | RuleException | QueueException e) {
      tell(ERROR, e.getMessage());
      log().error("{}", e.getMessage());
      log().debug("because of", e);
    } catch (InterruptedException | RuntimeException | Error e) {
      tell(ERROR, "internal error: " + e);
      log().error("internal error", e);
    }
    return 1;
  }

  private static Logger log() {
    return LoggerFactory.getLogger(Daemon.class);
  }

  private Audience audience() {
    return new Audience() {
      @Override
      public void warn(String message) {
        tell(WARNING, message);
      }

      @Override
      public boolean ready() {
        tell(READY, "");
        return !out.checkError();
      }
    };
  }

  private void tell(String word, String text) {
    out.println(word + " " + text.replace('\n', ' '));
    out.flush();
  }
}
