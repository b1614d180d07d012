package io.trifold.farm;

import io.trifold.queue.CallResult;
import io.trifold.queue.CallState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Does on this host what a call asks for. Of many threads. */
final class CallActions {
  private static final int VERIFY_TAIL = 16 << 10;

  private final FarmHost host;
  private final Map<String, CallDeclaration> declared;

  CallActions(FarmHost host, Map<String, CallDeclaration> declared) {
    this.host = host;
    this.declared = declared;
  }

  /**
   * Does it; waits for its end.
   *
   * @param issued when it was called, by the database's clock
   */
  CallResult run(CallDeclaration call, Map<String, String> arguments, String data, Instant issued)
      throws InterruptedException {
    try {
      if (call.action() instanceof CallAction.Command command) {
        return result(
            Leash.start(
                    program(
                        call,
                        CallDeclaration.fill(command.words(), arguments),
                        call.limit(),
                        data,
                        Program.Output.TAIL),
                    patience(call))
                .await());
      }
      CallAction.BuiltIn builtIn = (CallAction.BuiltIn) call.action();
      CallResult first =
          switch (builtIn.operation()) {
            case DROP_KERNEL_CACHES -> {
              host.dropKernelCaches();
              yield new CallResult(CallState.OK, Optional.empty(), "", "");
            }
            case RELOAD_RULES ->
                new CallResult(CallState.OK, Optional.empty(), host.reloadRules() + "\n", "");
            case VERIFY -> verify(call, issued);
            case GIT_PULL -> result(pull(call));
            case DELETE -> delete(data);
          };
      return then(first, builtIn.then(), issued);
    } catch (IOException e) {
      return CallResult.without(CallState.FAILED, String.valueOf(e.getMessage()));
    }
  }

  /** On this host alone: the others do the same after their own. */
  private CallResult then(CallResult first, List<String> names, Instant issued)
      throws InterruptedException {
    StringBuilder output = new StringBuilder(first.output());
    CallResult last = first;
    for (String name : names) {
      if (last.state() != CallState.OK) {
        break;
      }
      last = run(declared.get(name), Map.of(), "", issued);
      output.append("== ").append(name).append('\n').append(last.output());
      if (last.state() != CallState.OK) {
        last =
            new CallResult(
                last.state(), last.exitCode(), "", "then " + name + ": " + last.reason());
      }
    }
    return new CallResult(last.state(), last.exitCode(), output.toString(), last.reason());
  }

  private CallResult verify(CallDeclaration call, Instant issued)
      throws IOException, InterruptedException {
    FarmHost.Verified found = host.verify(call.directory(), issued, call.limit());
    Tail tail = new Tail(VERIFY_TAIL);
    tail.read(new ByteArrayInputStream(found.text().getBytes(StandardCharsets.UTF_8)));
    return found.divergent() == 0
        ? new CallResult(CallState.OK, Optional.empty(), tail.text(), "")
        : new CallResult(
            CallState.FAILED,
            Optional.empty(),
            tail.text(),
            found.divergent() + " paths differ from the log at position " + found.position());
  }

  private CallResult delete(String data) {
    try {
      for (Deletions.Deletion deletion : Deletions.read(data)) {
        host.delete(deletion.path(), deletion.directory());
      }
      return new CallResult(CallState.OK, Optional.empty(), "", "");
    } catch (IllegalArgumentException | IOException e) {
      return CallResult.without(CallState.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private Leash.End pull(CallDeclaration call) throws IOException, InterruptedException {
    long end = System.nanoTime() + call.limit().toNanos();
    return new GitPull(
            words -> {
              Duration left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
              return Leash.start(
                      program(call, words, left, "", Program.Output.WHOLE), patience(call))
                  .await();
            })
        .run();
  }

  private Program program(
      CallDeclaration call,
      List<String> words,
      Duration limit,
      String data,
      Program.Output output) {
    return new Program(
        words,
        call.user(),
        host.root().resolve(call.directory()).normalize(),
        limit,
        Map.of(
            "TRIFOLD_HOST", host.name(),
            "TRIFOLD_ROOT", host.root().toString(),
            "TRIFOLD_CALL", call.name()),
        data,
        output);
  }

  /** Without a word of ours a program ends by its leash; while we live, by its limit. */
  private static Duration patience(CallDeclaration call) {
    return call.limit().plusSeconds(10);
  }

  static CallResult result(Leash.End end) {
    if (end.isGood()) {
      return new CallResult(CallState.OK, end.exitCode(), end.output(), "");
    }
    String reason = end.killed().isEmpty() ? exit(end.exitCode().orElse(0)) : end.killed();
    return new CallResult(CallState.FAILED, end.exitCode(), end.output(), reason);
  }

  private static String exit(int code) {
    return code > 128 ? "killed by signal " + (code - 128) : "exit code " + code;
  }
}
