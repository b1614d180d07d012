package io.trifold.inspect;

import io.trifold.posix.ErrnoException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks whether something answers that may hang. One that hangs is not asked again meanwhile: it
 * costs one thread.
 */
final class TimedCheck {
  private static final long LIMIT_MILLIS = 2_000;

  /** The look; throws if it does not answer as it should. */
  interface Look {
    void at() throws ErrnoException;
  }

  private final String name;
  private final Look look;
  private CompletableFuture<Optional<String>> underWay =
      CompletableFuture.completedFuture(Optional.empty());

  TimedCheck(String name, Look look) {
    this.name = name;
    this.look = look;
  }

  /** What is wrong, if something is. */
  Optional<String> trouble() {
    CompletableFuture<Optional<String>> answer;
    synchronized (this) {
      if (underWay.isDone()) {
        underWay = begin();
      }
      answer = underWay;
    }
    try {
      return answer.get(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return Optional.of("does not answer");
    } catch (ExecutionException e) {
      return Optional.of("cannot be looked at: " + e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("was not looked at: interrupted");
    }
  }

  private CompletableFuture<Optional<String>> begin() {
    CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
    Thread thread = new Thread(() -> run(answer), "trifold-check-" + name);
    thread.setDaemon(true);
    thread.start();
    return answer;
  }

  private void run(CompletableFuture<Optional<String>> answer) {
    try {
      look.at();
      answer.complete(Optional.empty());
    } catch (ErrnoException e) {
      answer.complete(Optional.of("answers " + e.getMessage()));
    } catch (RuntimeException | Error e) {
      answer.completeExceptionally(e);
    }
  }
}
