package io.trifold.replica;

import io.trifold.posix.Stat;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import io.trifold.rules.RuleState;
import java.util.Optional;

/** What can stand at a path, as far as it travels. */
enum Kind {
  ABSENT,
  FILE,
  DIRECTORY,
  SYMLINK;

  /** The kind of what was found on disk; empty for what never travels: pipes, sockets, devices. */
  static Optional<Kind> of(Optional<Stat> found) {
    return found.isEmpty() ? Optional.of(ABSENT) : of(found.get());
  }

  static Optional<Kind> of(Stat stat) {
    return switch (stat.type()) {
      case Stat.S_IFREG -> Optional.of(FILE);
      case Stat.S_IFDIR -> Optional.of(DIRECTORY);
      case Stat.S_IFLNK -> Optional.of(SYMLINK);
      default -> Optional.empty();
    };
  }

  /** What decides over something of this kind at a path. */
  Decision decision(RuleState rules) {
    return this == DIRECTORY ? rules.directory() : rules.file();
  }

  /** Whether something of this kind is propagated there; for nothing, whether anything could be. */
  boolean travels(RuleState rules) {
    return this == ABSENT
        ? FILE.travels(rules) || DIRECTORY.travels(rules)
        : decision(rules).binding() == Binding.PROPAGATED;
  }
}
