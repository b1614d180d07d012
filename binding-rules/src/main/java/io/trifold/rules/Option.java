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
  },
  /** Where the lines go of a log file that does not say it itself. */
  TARGETS(
      "targets",
      "some of file, syslog and cloud, separated by commas; cloud only with file",
      Binding.LOG) {
    @Override
    Options set(Options options, String value) {
      Set<LogTarget> targets = LogTarget.parse(value);
      if (targets.isEmpty() || LogTarget.lacksFile(targets)) {
        throw new IllegalArgumentException(value);
      }
      return options.withLog(options.log().withTargets(targets));
    }

    @Override
    String of(Options options) {
      return LogTarget.format(options.log().targets());
    }
  },
  /** Where in a line it says which host it came from. */
  HOST_TAG("host-tag", "prefix, field or none", Binding.LOG) {
    @Override
    Options set(Options options, String value) {
      for (LogOptions.HostTag tag : LogOptions.HostTag.values()) {
        if (word(tag).equals(value)) {
          return options.withLog(options.log().withHostTag(tag));
        }
      }
      throw new IllegalArgumentException(value);
    }

    @Override
    String of(Options options) {
      return word(options.log().hostTag());
    }

    private String word(LogOptions.HostTag tag) {
      return tag.name().toLowerCase(Locale.ROOT);
    }
  },
  /** The syslog facility of the lines. */
  FACILITY("facility", "a facility of syslog: user, daemon, local0 to local7, ...", Binding.LOG) {
    @Override
    Options set(Options options, String value) {
      return options.withLog(options.log().withFacility(SyslogFacility.ofWord(value)));
    }

    @Override
    String of(Options options) {
      return options.log().facility().word();
    }
  },
  /** The syslog tag of the lines. */
  TAG("tag", "1 to 48 printable characters but [ and :, or - for the file's name", Binding.LOG) {
    @Override
    Options set(Options options, String value) {
      if (!value.matches("[!-~&&[^\\[\\]:]]{1,48}")) {
        throw new IllegalArgumentException(value);
      }
      return options.withLog(options.log().withTag(value));
    }

    @Override
    String of(Options options) {
      return options.log().tag();
    }
  },
  /** Whether a file that this rule binds may name the target cloud. */
  CLOUD("cloud", "allow or never", Binding.LOG) {
    @Override
    Options set(Options options, String value) {
      return switch (value) {
        case "allow" -> options.withLog(options.log().withCloudAllowed(true));
        case "never" -> options.withLog(options.log().withCloudAllowed(false));
        default -> throw new IllegalArgumentException(value);
      };
    }

    @Override
    String of(Options options) {
      return options.log().cloudAllowed() ? "allow" : "never";
    }
  },
  /** What is done with a line when those that wait for their targets fill the spool. */
  WHEN_FULL("when-full", "refuse or drop", Binding.LOG) {
    @Override
    Options set(Options options, String value) {
      return switch (value) {
        case "refuse" -> options.withLog(options.log().withDropping(false));
        case "drop" -> options.withLog(options.log().withDropping(true));
        default -> throw new IllegalArgumentException(value);
      };
    }

    @Override
    String of(Options options) {
      return options.log().dropping() ? "drop" : "refuse";
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
