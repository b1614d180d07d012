package io.trifold.farm;

import io.trifold.rules.Durations;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that runs, and is killed with all that it started when its time is over, when this
 * process says so, dies, or is heard no more.
 *
 * <p>A process between the two holds the leash: it waits for the program, and for this process's
 * words. So the program also ends where this process is killed or stopped and cannot end it.
 */
final class Leash {
  private static final Logger log = LoggerFactory.getLogger(Leash.class);
  private static final int TAIL = 16 << 10;
  private static final int WHOLE = 16 << 20;
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  /**
   * $1: for how long the program lives without a word of ours; $2: what it reads; then the program.
   * It leads a process group of its own, which is killed at a blow: once the program is dead, the
   * leash is next. The shell reads this text alone, never the program's.
   */
  private static final String HOLDER =
      """
      patience=$1 input=$2
      shift 2
      exec 3<&0
      setsid -- "$@" <"$input" 3<&- &
      program=$!
      exec </dev/null >/dev/null 2>&1
      {
        while IFS= read -r -t "$patience" -u 3 word && [[ $word != stop ]]; do :; done
        until kill -KILL -- "-$program" || ! kill -0 "$program"; do sleep 0.02; done
      } &
      leash=$!
      wait "$program"
      status=$?
      kill -KILL "$leash"
      exit "$status"
      """;

  /** How it ended. */
  record End(Optional<Integer> exitCode, String output, String killed) {
    boolean isGood() {
      return killed.isEmpty() && exitCode.equals(Optional.of(0));
    }
  }

  private final Program program;
  private final Process holder;
  private final Optional<Path> input;
  private final long startedNanos = System.nanoTime();
  private final Tail output;
  private final Tail errors = new Tail(TAIL);
  private final List<Thread> readers;
  private final AtomicReference<String> killed = new AtomicReference<>("");

  /** What it had started when it was killed: some may have left the program's process group. */
  private volatile List<ProcessHandle> started = List.of();

  private Leash(Program program, Process holder, Optional<Path> input) {
    this.program = program;
    this.holder = holder;
    this.input = input;
    output = new Tail(program.output() == Program.Output.WHOLE ? WHOLE : TAIL);
    readers =
        List.of(reader(holder.getInputStream(), output), reader(holder.getErrorStream(), errors));
  }

  private static Thread reader(InputStream stream, Tail tail) {
    Thread reader = new Thread(() -> read(stream, tail), "trifold-output");
    reader.setDaemon(true);
    reader.start();
    return reader;
  }

  private static void read(InputStream stream, Tail tail) {
    try {
      tail.read(stream);
    } catch (IOException e) {
      log.debug("the output is closed", e);
    }
  }

  /**
   * Starts it.
   *
   * @param patience for how long it lives without {@link #renew}
   * @throws IOException in words for a user, if it cannot be
   */
  static Leash start(Program program, Duration patience) throws IOException, InterruptedException {
    Account own = Account.own();
    Account account = own;
    if (program.user().isPresent()) {
      String user = program.user().get();
      account =
          user.equals(Program.OWNER) ? Account.ownerOf(program.directory()) : Account.named(user);
    }
    List<String> command = new ArrayList<>(List.of("/bin/bash", "-c", HOLDER, "trifold-leash"));
    command.add(seconds(patience));
    Optional<Path> input = Optional.empty();
    if (!program.input().isEmpty()) {
      Path file = Files.createTempFile("input", "");
      input = Optional.of(file);
      Files.writeString(file, program.input());
    }
    try {
      command.add(input.map(Path::toString).orElse("/dev/null"));
      command.addAll(List.of("setpriv", "--pdeathsig", "KILL"));
      if (account.uid() != own.uid()) {
        if (own.uid() != 0) {
          throw new IOException(
              "only a mount by root can run programs as user \"" + account.name() + "\"");
        }
        command.addAll(
            List.of("--reuid=" + account.uid(), "--regid=" + account.gid(), "--init-groups"));
      }
      command.add("--");
      command.addAll(program.words());
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(program.directory().toFile())
              .redirectErrorStream(program.output() == Program.Output.TAIL);
      Map<String, String> environment = builder.environment();
      environment.clear();
      environment.put("PATH", PATH);
      environment.put("HOME", account.home());
      environment.put("USER", account.name());
      environment.put("LOGNAME", account.name());
      environment.put("SHELL", "/bin/sh");
      environment.put("LANG", "C.UTF-8");
      environment.putAll(program.variables());
      return new Leash(program, builder.start(), input);
    } catch (IOException | RuntimeException e) {
      if (input.isPresent()) {
        Files.deleteIfExists(input.get());
      }
      throw e;
    }
  }

  private static String seconds(Duration duration) {
    long millis = Math.max(1, duration.toMillis());
    return millis / 1000 + "." + String.format(Locale.ROOT, "%03d", millis % 1000);
  }

  /** The end of what it has printed so far. */
  String output() {
    return output.text();
  }

  /** Lets it live on for as long as at the start. */
  void renew() {
    say("on");
  }

  /** Has it killed. What {@link #await} returns gives the reason. */
  void kill(String reason) {
    killed.compareAndSet("", reason);
    started = holder.descendants().toList();
    say("stop");
  }

  private void say(String word) {
    try {
      OutputStream words = holder.getOutputStream();
      words.write((word + "\n").getBytes(StandardCharsets.US_ASCII));
      words.flush();
    } catch (IOException e) {
      log.trace("it has ended", e);
    }
  }

  /** Waits for its end, and makes it when its time is over, or this thread is interrupted. */
  End await() throws InterruptedException {
    try {
      long left = program.limit().toNanos() - (System.nanoTime() - startedNanos);
      if (!holder.waitFor(left, TimeUnit.NANOSECONDS)) {
        kill("it took longer than " + Durations.format(program.limit()));
        holder.waitFor();
      }
    } catch (InterruptedException e) {
      kill("it was told to end: by an unmount, or as nobody waited for it any more");
      holder.waitFor();
      Thread.currentThread().interrupt();
    }
    return ended();
  }

  private End ended() {
    boolean interrupted = Thread.interrupted();
    started.forEach(ProcessHandle::destroyForcibly);
    try {
      for (Thread reader : readers) {
        reader.join(LAST_WORDS.toMillis());
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    try {
      // Somebody that it left behind may keep it open for ever.
      holder.getInputStream().close();
      holder.getErrorStream().close();
      holder.getOutputStream().close();
      if (input.isPresent()) {
        Files.deleteIfExists(input.get());
      }
    } catch (IOException e) {
      log.debug("the leash cannot be put away", e);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    String reason = killed.get();
    Optional<Integer> exit = reason.isEmpty() ? Optional.of(holder.exitValue()) : Optional.empty();
    String text = output.text();
    return new End(exit, exit.equals(Optional.of(0)) ? text : text + errors.text(), reason);
  }
}
