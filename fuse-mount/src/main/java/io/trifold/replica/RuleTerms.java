package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.ConflictPolicy;
import io.trifold.queue.Terms;
import io.trifold.rules.Options;
import io.trifold.rules.RuleState;
import java.util.Optional;

/** The terms that this host's rules set for its changes. */
final class RuleTerms {
  private final RuleState rules;
  private final String host;

  RuleTerms(RuleState rules, String host) {
    this.rules = rules;
    this.host = host;
  }

  /**
   * The terms of a change.
   *
   * @param kind of what it puts, or deletes
   */
  Terms of(Change change, Kind kind) {
    RuleState bound = PathNames.rules(rules, change.path());
    Options options = kind.decision(bound).options();
    ConflictPolicy policy =
        switch (options.conflict()) {
          case LAST_WINS -> ConflictPolicy.LAST_WINS;
          case PRIMARY_WINS -> ConflictPolicy.PRIMARY_WINS;
          case KEEP_BOTH -> ConflictPolicy.KEEP_BOTH;
        };
    Optional<String> aside = Optional.empty();
    boolean hasContent = change instanceof Change.Put && kind != Kind.DIRECTORY;
    if (policy == ConflictPolicy.KEEP_BOTH && hasContent) {
      aside =
          AsideName.of(change, host).filter(beside -> kind.travels(PathNames.rules(rules, beside)));
      // Where no host would have it, the history keeps it.
      policy = aside.isPresent() ? policy : ConflictPolicy.LAST_WINS;
    }
    return new Terms(policy, aside, options.history());
  }

  /** The same, but for the version that the change is based on alone. */
  static Terms onlyIfUnchanged(Terms terms) {
    return new Terms(ConflictPolicy.ONLY_IF_UNCHANGED, Optional.empty(), terms.kept());
  }
}
