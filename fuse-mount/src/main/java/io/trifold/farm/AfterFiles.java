package io.trifold.farm;

import io.trifold.queue.CallResult;
import io.trifold.queue.CallState;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the calls that rules name for what was applied, on this host alone: every host does so by
 * itself. The call's data are the paths, a line each.
 */
final class AfterFiles {
  private static final Logger log = LoggerFactory.getLogger(AfterFiles.class);

  private final CallActions actions;
  private final Map<String, CallDeclaration> declared;
  private volatile String lastError = "";

  AfterFiles(CallActions actions, Map<String, CallDeclaration> declared) {
    this.actions = actions;
    this.declared = declared;
  }

  /** Why a rule cannot name this call, in words for a user; none if it can. */
  Optional<String> objection(String name) {
    CallDeclaration call = declared.get(name);
    if (call == null) {
      return Optional.of("on-apply=" + name + ": the settings have no [calls." + name + "]");
    }
    if (!call.arguments().isEmpty() || call.data().isEmpty()) {
      return Optional.of(
          "on-apply=" + name + ": the call must take data, which are the paths, and no arguments");
    }
    return Optional.empty();
  }

  /** What went wrong last; empty if nothing did since. */
  String lastError() {
    return lastError;
  }

  /**
   * Runs them, and waits: what was applied counts as applied after that, also if they fail.
   *
   * @param callOf the name of the call for a path; empty for none
   */
  void applied(List<String> paths, Function<String, String> callOf) {
    Map<String, StringBuilder> lines = new LinkedHashMap<>();
    for (String path : paths) {
      String call = callOf.apply(path);
      if (!call.isEmpty()) {
        lines.computeIfAbsent(call, name -> new StringBuilder()).append(path).append('\n');
      }
    }
    lines.forEach((name, text) -> run(name, text.toString()));
  }

  private void run(String name, String data) {
    try {
      CallResult result = actions.run(declared.get(name), Map.of(), data, Instant.now());
      if (result.state() == CallState.OK) {
        lastError = "";
        return;
      }
      lastError = name + ": " + result.reason();
      log.error("{} after files were applied: {}: {}", name, result.reason(), result.output());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
