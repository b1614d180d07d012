package io.trifold.rules;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The options that there are: their words, values and defaults, and the bindings that have each.
 */
public enum Option {
  /** How long the kernel may keep attributes and names; zero is not at all. */
  CACHE("cache", "a duration from 0 to 24h", Binding.REMOTE) {
    @Override
    Options set(Options options, String value) {
      return options.withCache(Durations.parse(value, Duration.ZERO, Duration.ofHours(24)));
    }

    @Override
    String of(Options options) {
      return Durations.format(options.cache());
    }
  },
  /** How long an operation on shared storage may take before it fails. */
  TIMEOUT("timeout", "a duration from 1ms to 1h", Binding.REMOTE) {
    @Override
    Options set(Options options, String value) {
      return options.withTimeout(Durations.parse(value, Duration.ofMillis(1), Duration.ofHours(1)));
    }

    @Override
    String of(Options options) {
      return Durations.format(options.timeout());
    }
  },
  /** Whether the kernel may read and write the bytes itself, without the daemon and its limit. */
  PASSTHROUGH("passthrough", "on or off", Binding.REMOTE) {
    @Override
    Options set(Options options, String value) {
      return switch (value) {
        case "on" -> options.withPassthrough(true);
        case "off" -> options.withPassthrough(false);
        default -> throw new IllegalArgumentException(value);
      };
    }

    @Override
    String of(Options options) {
      return options.passthrough() ? "on" : "off";
    }
  },
  /** What a change does while the queue cannot be reached. */
  OFFLINE("offline", "journal or refuse", Binding.PROPAGATED) {
    @Override
    Options set(Options options, String value) {
      for (Options.Offline offline : Options.Offline.values()) {
        if (word(offline).equals(value)) {
          return options.withOffline(offline);
        }
      }
      throw new IllegalArgumentException(value);
    }

    @Override
    String of(Options options) {
      return word(options.offline());
    }

    private String word(Options.Offline offline) {
      return offline.name().toLowerCase(Locale.ROOT);
    }
  },
  /** What becomes of a change that was made without knowing another host's. */
  CONFLICT("conflict", "last-wins, keep-both or primary-wins", Binding.PROPAGATED) {
    @Override
    Options set(Options options, String value) {
      for (Options.Conflict conflict : Options.Conflict.values()) {
        if (word(conflict).equals(value)) {
          return options.withConflict(conflict);
        }
      }
      throw new IllegalArgumentException(value);
    }

    @Override
    String of(Options options) {
      return word(options.conflict());
    }

    private String word(Options.Conflict conflict) {
      return conflict.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  },
  /** How long a version is kept that is no longer the current one. */
  HISTORY("history", "a duration from 0 to 3650d", Binding.PROPAGATED) {
    @Override
    Options set(Options options, String value) {
      return options.withHistory(Durations.parse(value, Duration.ZERO, Duration.ofDays(3650)));
    }

    @Override
    String of(Options options) {
      return Durations.format(options.history());
    }
  },
  /** Whether the kernel serves a directory itself, from where its bytes are. */
  BYPASS("bypass", "on or off", Binding.LOCAL, Binding.REMOTE) {
    @Override
    Options set(Options options, String value) {
      return switch (value) {
        case "on" -> options.withBypass(true);
        case "off" -> options.withBypass(false);
        default -> throw new IllegalArgumentException(value);
      };
    }

    @Override
    String of(Options options) {
      return options.bypass() ? "on" : "off";
    }
  };

  private final String word;
  private final String form;

  @SuppressWarnings("ImmutableEnumChecker") // unmodifiable
  private final Set<Binding> bindings;

  Option(String word, String form, Binding first, Binding... more) {
    this.word = word;
    this.form = form;
    this.bindings = Collections.unmodifiableSet(EnumSet.of(first, more));
  }

  /** Its name in a rule file. */
  public String word() {
    return word;
  }

  /** The values that it takes, in words. */
  public String form() {
    return form;
  }

  /** The value it has where no rule sets it. */
  public String defaultValue() {
    return of(Options.NONE);
  }

  /** The bindings that have it. */
  public Set<Binding> bindings() {
    return bindings;
  }

  /** The options of a binding, in their order. */
  public static List<Option> of(Binding binding) {
    return Arrays.stream(values()).filter(o -> o.bindings.contains(binding)).toList();
  }

  /**
   * {@code options} with this one set.
   *
   * @throws IllegalArgumentException if it does not take that value
   */
  abstract Options set(Options options, String value);

  /** The value that this one has in {@code options}, as it would be written. */
  abstract String of(Options options);
}
