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
  /** When a close and an fsync of a changed file return. */
  SYNC("sync", "none, queued or applied", Binding.PROPAGATED) {
    @Override
    Options set(Options options, String value) {
      for (Options.Sync sync : Options.Sync.values()) {
        if (word(sync).equals(value)) {
          return options.withSync(sync);
        }
      }
      throw new IllegalArgumentException(value);
    }

    @Override
    String of(Options options) {
      return word(options.sync());
    }

    private String word(Options.Sync sync) {
      return sync.name().toLowerCase(Locale.ROOT);
    }
  },
  /** How long a close and an fsync wait at most. */
  SYNC_TIMEOUT("sync-timeout", "a duration from 1ms to 1h", Binding.PROPAGATED) {
    @Override
    Options set(Options options, String value) {
      return options.withSyncTimeout(
          Durations.parse(value, Duration.ofMillis(1), Duration.ofHours(1)));
    }

    @Override
    String of(Options options) {
      return Durations.format(options.syncTimeout());
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
  },
  /** How large a file may become. */
  MAX_SIZE("max-size", "a size such as 500K, 100M or 2G, or unlimited", Binding.PROPAGATED) {
    @Override
    Options set(Options options, String value) {
      return options.withMaxSize(Sizes.parse(value));
    }

    @Override
    String of(Options options) {
      return Sizes.format(options.maxSize());
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
