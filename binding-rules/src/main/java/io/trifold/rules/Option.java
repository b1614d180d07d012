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
  /** Which call is to know of what was applied here. */
  ON_APPLY("on-apply", "the name of a call, or none", Binding.PROPAGATED) {
    @Override
    Options set(Options options, String value) {
      if (value.equals("none")) {
        return options.withOnApply("");
      }
      if (!value.matches("[a-z0-9][a-z0-9-]{0,63}")) {
        throw new IllegalArgumentException(value);
      }
      return options.withOnApply(value);
    }

    @Override
    String of(Options options) {
      return options.onApply().isEmpty() ? "none" : options.onApply();
    }
  },
  /** Whether what is deleted here is deleted on every host. */
  DELETES("deletes", "local or broadcast", Binding.LOCAL) {
    @Override
    Options set(Options options, String value) {
      return switch (value) {
        case "local" -> options.withBroadcastDeletes(false);
        case "broadcast" -> options.withBroadcastDeletes(true);
        default -> throw new IllegalArgumentException(value);
      };
    }

    @Override
    String of(Options options) {
      return options.broadcastDeletes() ? "broadcast" : "local";
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
