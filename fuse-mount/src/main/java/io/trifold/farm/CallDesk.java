package io.trifold.farm;

import io.trifold.queue.Call;
import io.trifold.queue.CallBoard;
import io.trifold.queue.CallRecord;
import io.trifold.queue.QueueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where calls are handed in on this host. Of many threads. */
public final class CallDesk {
  private static final Logger log = LoggerFactory.getLogger(CallDesk.class);

  /** For how long a call that is ordered after files waits for this host's own to be sent. */
  private static final Duration SENDING = Duration.ofSeconds(10);

  private static final int RECENT = 1000;

  /** How long a host has to begin, unless it is said. */
  public static final Duration TIMEOUT = Duration.ofMinutes(5);

  /** It cannot be asked for. The message is one line for a user. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private final FarmHost host;
  private final CallBoard board;
  private final Map<String, CallDeclaration> declared;
  private final Runnable wake;

  CallDesk(FarmHost host, CallBoard board, Map<String, CallDeclaration> declared, Runnable wake) {
    this.host = host;
    this.board = board;
    this.declared = declared;
    this.wake = wake;
  }

  /** What can be called, by name. */
  public Map<String, CallDeclaration> declared() {
    return declared;
  }

  /**
   * A call that was handed in.
   *
   * @param call as it was put up
   * @param ordered whether all that it was to come after was sent in time
   */
  public record Submitted(Call call, boolean ordered) {}

  /**
   * Hands it in.
   *
   * @param hosts who is asked; empty for all that live
   */
  public Submitted submit(
      String name, Map<String, String> arguments, String data, List<String> hosts, Duration timeout)
      throws RefusedException, QueueException, InterruptedException {
    CallDeclaration declaration = declared.get(name);
    if (declaration == null) {
      throw new RefusedException(
          "no call \""
              + name
              + "\": this mount's settings have "
              + (declared.isEmpty()
                  ? "none: write [calls." + name + "] into its file"
                  : String.join(", ", declared.keySet().stream().sorted().toList())));
    }
    Optional<String> objection = declaration.objection(arguments, data);
    if (objection.isPresent()) {
      throw new RefusedException("call " + name + ": " + objection.get());
    }
    boolean afterFiles = declaration.order() == CallOrder.AFTER_FILES;
    boolean ordered = !afterFiles || host.awaitSent(SENDING);
    if (!ordered) {
      log.warn(
          "call {} does not wait for what was changed on this host, and could not be sent yet",
          name);
    }
    CallBoard.Terms terms = board.terms();
    Call call =
        new Call(
            UUID.randomUUID(),
            name,
            host.name(),
            afterFiles ? terms.head() : 0,
            terms.now(),
            timeout,
            arguments,
            data,
            members(hosts, terms.live()));
    board.submit(call);
    wake.run();
    return new Submitted(call, ordered);
  }

  private static List<String> members(List<String> asked, List<String> live)
      throws RefusedException {
    if (asked.isEmpty()) {
      return live;
    }
    for (String name : asked) {
      if (!live.contains(name)) {
        throw new RefusedException(
            "host \"" + name + "\" is not live; live are " + String.join(", ", live));
      }
    }
    return asked.stream().distinct().toList();
  }

  /** Where a call is. */
  public Optional<CallRecord> find(UUID id) throws QueueException {
    return board.find(id);
  }

  /** The last calls, the newest first. */
  public List<CallRecord> recent(int limit) throws QueueException {
    return board.recent(limit);
  }

  /**
   * The call whose id begins so.
   *
   * @throws RefusedException if there is none, or more than one
   */
  public CallRecord find(String beginning) throws RefusedException, QueueException {
    List<CallRecord> found =
        board.recent(RECENT).stream()
            .filter(call -> call.id().toString().startsWith(beginning))
            .toList();
    if (found.size() != 1) {
      throw new RefusedException(
          (found.isEmpty() ? "no call has" : found.size() + " calls have")
              + " an id that begins with \""
              + beginning
              + "\": trifold calls lists them");
    }
    return found.get(0);
  }

  /**
   * A call as an application writes it into the control file: its data where it takes data, or else
   * its arguments, {@code name=value} a line; where it takes neither, whatever is written.
   *
   * @throws RefusedException if it cannot be meant
   */
  public Submitted submitWritten(String name, String text)
      throws RefusedException, QueueException, InterruptedException {
    CallDeclaration declaration = declared.get(name);
    if (declaration != null && declaration.data().isPresent()) {
      return submit(name, Map.of(), text, List.of(), TIMEOUT);
    }
    if (declaration != null && declaration.arguments().isEmpty()) {
      return submit(name, Map.of(), "", List.of(), TIMEOUT);
    }
    Map<String, String> arguments = new LinkedHashMap<>();
    List<String> lines = new ArrayList<>(text.lines().toList());
    lines.removeIf(String::isBlank);
    for (String line : lines) {
      int equals = line.indexOf('=');
      if (equals < 0) {
        throw new RefusedException(
            "call " + name + ": write its arguments as name=value, a line each");
      }
      arguments.put(line.substring(0, equals).strip(), line.substring(equals + 1));
    }
    return submit(name, arguments, "", List.of(), TIMEOUT);
  }
}
