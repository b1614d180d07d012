package io.trifold.inspect;

import io.trifold.rules.Binding;
import io.trifold.rules.Bypass;
import io.trifold.rules.Decision;
import io.trifold.rules.RuleSet;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.util.Optional;

/**
 * Why a path is where it is. The path need not exist.
 *
 * @param path relative to the root
 * @param decision the binding and the rule that decided
 * @param merged whether it is a directory that shows entries of both sides
 * @param bytes where its bytes are
 * @param bypass the bypassed directory that it is, or is in, relative to the root
 */
public record Explanation(
    String path, Decision decision, boolean merged, String bytes, Optional<String> bypass) {
  /**
   * Explains a path.
   *
   * @param directory whether a directory stands there, or would
   */
  public static Explanation of(RuleSet rules, Places places, String path, boolean directory) {
    RuleState state = rules.at(path);
    Decision decision = directory ? state.directory() : state.file();
    return new Explanation(
        path,
        decision,
        directory && state.mixed(),
        places.bytes(decision.binding().side(), path),
        bypass(rules, path));
  }

  private static Optional<String> bypass(RuleSet rules, String path) {
    return rules.bypasses().stream()
        .map(Bypass::path)
        .filter(bypassed -> (path + "/").startsWith(bypassed + "/"))
        .findFirst();
  }

  /** The same, where the bypass that the rules ask for is not there. */
  public Explanation withoutBypass() {
    return new Explanation(path, decision, merged, bytes, Optional.empty());
  }

  /** The rule that decided: {@code FILE:LINE PATTERN}, or {@code default}. */
  public String rule() {
    String pattern = decision.rule().pattern();
    return pattern.isEmpty() ? decision.rule().place() : decision.rule().place() + " " + pattern;
  }

  /** Several lines for people, the first the path as they wrote it. */
  public String describe(String asked) {
    StatusText text = new StatusText();
    text.put("path", asked);
    text.put("binding", decision.binding().word());
    text.put("rule", rule());
    String options = decision.options().describe(decision.binding());
    if (!options.isEmpty()) {
      text.put("options", options);
    }
    text.put("bytes", bytes + " (" + side() + ")");
    bypass.ifPresent(
        directory -> text.put("bypass", "the kernel serves /" + directory + " from there itself"));
    return text.toString();
  }

  private String side() {
    if (merged) {
      return "a merged directory: entries of the shared storage and of this host";
    } else if (decision.binding().side() == Side.SHARED) {
      return "on the shared storage";
    } else if (decision.binding() == Binding.PROPAGATED) {
      return "below the mount, on every host's disk";
    }
    return "below the mount, on this host's disk";
  }
}
