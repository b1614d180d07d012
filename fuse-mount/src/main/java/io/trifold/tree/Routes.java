package io.trifold.tree;

import io.trifold.fuse.Entry;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import io.trifold.rules.Rule;
import io.trifold.rules.RuleSet;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.time.Duration;

/** What the rules say of the sides, without a look at the disk. */
final class Routes {
  private static final Duration UNLIMITED = Duration.ofNanos(Entry.UNLIMITED);

  /** What binds a file that has no name. */
  static final Decision NAMELESS = new Decision(Binding.LOCAL, Rule.DEFAULT);

  /** Of a merged directory: any rule for the shared side may be what decides below it. */
  private volatile long mergedNanos;

  private final RuleSet rules;

  Routes(RuleSet rules) {
    this.rules = rules;
    rulesChanged();
  }

  /** To be called when the rule set has become another. */
  void rulesChanged() {
    mergedNanos =
        rules.rules().stream()
            .filter(rule -> rule.binding() == Binding.REMOTE)
            .mapToLong(rule -> nanos(rule.options().cache()))
            .min()
            .orElse(Entry.UNLIMITED);
  }

  /** Whether what stands on this side at the name is to be seen. */
  static boolean seen(RuleState state, Side side, boolean directory) {
    return directory
        ? state.mixed() || state.directory().binding().side() == side
        : state.file().binding().side() == side;
  }

  /** Whether anything could be seen on this side at the name. */
  static boolean looksAt(RuleState state, Side side) {
    return seen(state, side, true) || seen(state, side, false);
  }

  /**
   * How long the kernel may keep what the name stands for, or that it stands for nothing. On the
   * application's side every change passes here; the shared side has other writers, and so has what
   * is in a bypassed directory, to whom meets it in a mount namespace that has no bypass.
   */
  long nameNanos(RuleState state, boolean onApplication) {
    boolean ours = onApplication || !looksAt(state, Side.SHARED);
    return ours && !isWithinBypass(state) ? Entry.UNLIMITED : cacheNanos(state);
  }

  /** The directory itself is bypassed as a directory alone; in it all is, files too. */
  static boolean isWithinBypass(RuleState state) {
    return state.file().options().bypass();
  }

  /** How long the kernel may keep the attributes of what stands on this side. */
  long attributeNanos(RuleState state, Side side, boolean directory) {
    if (directory && state.mixed()) {
      return mergedNanos;
    }
    return side == Side.SHARED || isWithinBypass(state) ? cacheNanos(state) : Entry.UNLIMITED;
  }

  private static long cacheNanos(RuleState state) {
    return nanos(bound(state).options().cache());
  }

  /** What binds the name as far as the shared side is concerned, whatever stands there. */
  static Decision bound(RuleState state) {
    return state.file().binding() == Binding.REMOTE ? state.file() : state.directory();
  }

  /** What binds the file: of several names, any. */
  static Decision bound(FileNode file) {
    for (Link link : file.links()) {
      return link.state().file();
    }
    return NAMELESS;
  }

  private static long nanos(Duration cache) {
    return cache.compareTo(UNLIMITED) < 0 ? cache.toNanos() : Entry.UNLIMITED;
  }
}
