package io.trifold.logs;

import io.trifold.rules.LogOptions;
import io.trifold.rules.LogTarget;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Where a log's lines go.
 *
 * @param all the targets in force; never empty
 * @param problem what the operator should know of how that was decided; empty if nothing
 */
record Targets(Set<LogTarget> all, String problem) {
  Targets {
    all = Set.copyOf(all);
  }

  /** What the file says counts, else what its rule does. Of what makes no sense, the file stays. */
  static Targets of(Optional<Header> header, LogOptions rule) {
    if (header.isEmpty()) {
      return new Targets(rule.targets(), "");
    }
    String problem = header.get().problem();
    if (!problem.isEmpty()) {
      return new Targets(Set.of(LogTarget.FILE), problem + ": its lines stay in the file");
    }
    Set<LogTarget> targets = EnumSet.copyOf(header.get().targets());
    if (LogTarget.lacksFile(targets)) {
      problem = "its first line names cloud without file: add file; not sent to the other hosts";
      targets.remove(LogTarget.CLOUD);
    } else if (targets.contains(LogTarget.CLOUD) && !rule.cloudAllowed()) {
      problem = "its first line names cloud, and its rule says cloud=never: remove one";
      targets.remove(LogTarget.CLOUD);
    }
    return new Targets(targets.isEmpty() ? Set.of(LogTarget.FILE) : targets, problem);
  }

  boolean file() {
    return all.contains(LogTarget.FILE);
  }

  boolean syslog() {
    return all.contains(LogTarget.SYSLOG);
  }

  boolean cloud() {
    return all.contains(LogTarget.CLOUD);
  }
}
