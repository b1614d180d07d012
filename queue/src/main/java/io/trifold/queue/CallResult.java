package io.trifold.queue;

import java.util.Optional;

/**
 * How a call ended on one host.
 *
 * @param state an end
 * @param exitCode of its command, if one ran to its end
 * @param output the last of what it printed
 * @param reason in one line, why it did not end well; empty if it did
 */
public record CallResult(
    CallState state, Optional<Integer> exitCode, String output, String reason) {
  public CallResult {
    if (!state.isEnd()) {
      throw new IllegalArgumentException(state + " is no end");
    }
  }

  /** It did not run, or not to its end. */
  public static CallResult without(CallState state, String reason) {
    return new CallResult(state, Optional.empty(), "", reason);
  }
}
