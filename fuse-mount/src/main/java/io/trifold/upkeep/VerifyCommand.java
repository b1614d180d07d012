package io.trifold.upkeep;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlCommand;
import io.trifold.control.ControlException;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.HostStatus;
import io.trifold.queue.QueueException;
import io.trifold.queue.Verification;
import io.trifold.replica.Divergence;
import io.trifold.replica.Replica;
import io.trifold.replica.Verifier;
import io.trifold.replica.VerifyReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * {@code verify}: compares this host with the log, and the hosts with each other. Its arguments:
 * {@code below}, a path; {@code repair} and {@code here}, whether to; {@code timeout}, in seconds.
 */
public final class VerifyCommand implements ControlCommand {
  private static final int DIFFERS = 1;
  private static final int INCOMPLETE = 3;
  private static final long POLL_MILLIS = 200;
  private static final int BRIEF = 12;

  private final Replica replica;

  public VerifyCommand(Replica replica) {
    this.replica = replica;
  }

  @Override
  public int run(JsonNode arguments, Answers answers)
      throws ControlException, QueueException, ErrnoException, IOException, InterruptedException {
    try {
      return verify(
          arguments.path("below").asText(""),
          arguments.path("repair").asBoolean(),
          arguments.path("here").asBoolean(),
          arguments.path("timeout").asLong(300),
          answers);
    } catch (Verifier.NotNow e) {
      throw new ControlException(e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private int verify(String below, boolean repair, boolean here, long timeout, Answers answers)
      throws Verifier.NotNow, QueueException, ErrnoException, IOException, InterruptedException {
    Verifier verifier = replica.verifier();
    Verification verification = verifier.ask(below);
    say(answers, "verifying at position " + verification.position());
    VerifyReport report =
        verifier.verify(verification, found -> sayUnchecked(answers, found.describe()));
    if (report.divergent() > report.divergences().size()) {
      say(
          answers,
          "… and " + (report.divergent() - report.divergences().size()) + " paths more differ");
    }
    if (repair && report.divergent() > 0) {
      replica.repair(
          report.divergences(),
          (Divergence divergence, String what) ->
              sayUnchecked(answers, "mended: " + divergence.path() + ": " + what));
      verification = verifier.ask(below);
      say(answers, "verifying again, at position " + verification.position());
      report = verifier.verify(verification, found -> sayUnchecked(answers, found.describe()));
    }
    say(answers, own(report));
    boolean same = report.divergent() == 0;
    if (here) {
      return same ? 0 : DIFFERS;
    }
    return others(verifier, verification, report, timeout, same, answers);
  }

  private static void say(Answers answers, String line) throws IOException {
    answers.give(Map.of("line", line));
  }

  private static void sayUnchecked(Answers answers, String line) {
    try {
      say(answers, line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String own(VerifyReport report) {
    StringBuilder line = new StringBuilder(replica.status().host()).append(" (this host): ");
    line.append(
        report.divergent() == 0 ? "in sync" : report.divergent() + " paths differ from the log");
    line.append(", ").append(report.paths()).append(" paths, ");
    line.append(report.bytes()).append(" bytes read");
    if (report.unbound() > 0) {
      line.append(", ").append(report.unbound()).append(" not propagated by this host's rules");
    }
    if (report.moving() > 0) {
      line.append(", ").append(report.moving()).append(" were changing and could not be compared");
    }
    return line.append(", digest ").append(brief(report)).toString();
  }

  private static String brief(VerifyReport report) {
    return report.digest().toString().substring(0, BRIEF);
  }

  /** Tells of each host as soon as it has answered. */
  private int others(
      Verifier verifier,
      Verification verification,
      VerifyReport own,
      long timeout,
      boolean same,
      Answers answers)
      throws Verifier.NotNow, QueueException, IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeout);
    Set<String> told = new HashSet<>(List.of(replica.status().host()));
    boolean all = same;
    while (true) {
      for (Verification.Answer answer : verifier.answers(verification)) {
        if (told.add(answer.host())) {
          all &= say(answer, own, answers);
        }
      }
      Map<String, HostStatus> silent = new HashMap<>();
      for (HostStatus host : verifier.hosts()) {
        if (!told.contains(host.name())) {
          silent.put(host.name(), host);
        }
      }
      boolean nobodyIsAtIt = silent.values().stream().noneMatch(HostStatus::live);
      if (nobodyIsAtIt || System.nanoTime() - end > 0) {
        return conclude(silent, all, timeout, answers);
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  private static boolean say(Verification.Answer answer, VerifyReport own, Answers answers)
      throws IOException {
    boolean equal = answer.digest().equals(own.digest());
    String line;
    if (answer.divergences() > 0) {
      line = answer.divergences() + " paths differ from the log: run trifold verify there";
    } else if (equal) {
      line = "in sync, the same digest";
    } else {
      line =
          own.divergent() > 0
              ? "in sync with the log"
              : "in sync with the log, but its digest is another";
    }
    say(answers, answer.host() + ": " + line + ", " + answer.paths() + " paths");
    return answer.divergences() == 0 && (equal || own.divergent() > 0);
  }

  private static int conclude(
      Map<String, HostStatus> silent, boolean same, long timeout, Answers answers)
      throws IOException {
    for (HostStatus host : silent.values()) {
      say(
          answers,
          host.name()
              + ": "
              + (host.live()
                  ? "no answer within " + timeout + " seconds"
                  : "away, last seen at " + host.lastSeen()));
    }
    if (!same) {
      return DIFFERS;
    }
    return silent.isEmpty() ? 0 : INCOMPLETE;
  }
}
