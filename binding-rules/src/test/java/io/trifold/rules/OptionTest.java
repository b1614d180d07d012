package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionTest {
  private static final String DEFAULTS = "offline=journal conflict=last-wins history=30d";

  private static Options of(String line) throws RuleException {
    return RuleSet.parse("t.rules", line).rules().get(0).options();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "0s, 0, 0",
    "500ms, 500, 500ms",
    "1000ms, 1000, 1s",
    "2s, 2000, 2s",
    "90s, 90000, 90s",
    "5m, 300000, 5m",
    "60m, 3600000, 1h",
    "24h, 86400000, 24h",
  })
  void durationsAreReadAndWritten(String text, long millis, String shortest) throws RuleException {
    Options options = of("remote a cache=" + text);

    assertThat(options.cache()).isEqualTo(Duration.ofMillis(millis));
    assertThat(options.describe(Binding.REMOTE))
        .isEqualTo("cache=" + shortest + " timeout=30s passthrough=on");
  }

  @Test
  void whatIsLeftOutHasItsDefault() throws RuleException {
    Options options = of("remote a");

    assertThat(options.cache()).isEqualTo(Duration.ofSeconds(1));
    assertThat(options.timeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(options.passthrough()).isTrue();
    assertThat(options.written()).isEmpty();
    assertThat(of("propagated a").offline()).isEqualTo(Options.Offline.JOURNAL);
  }

  @Test
  void passthroughIsOnOrOff() throws RuleException {
    assertThat(of("remote a passthrough=on").passthrough()).isTrue();
    assertThat(of("remote a passthrough=off").passthrough()).isFalse();
    assertThat(of("remote a passthrough=off").describe(Binding.REMOTE))
        .isEqualTo("cache=1s timeout=30s passthrough=off");
    assertThatThrownBy(() -> of("remote a passthrough=no"))
        .hasMessageEndingWith("write on or off, for example passthrough=on");
  }

  @ParameterizedTest
  @CsvSource({"last-wins, LAST_WINS", "keep-both, KEEP_BOTH", "primary-wins, PRIMARY_WINS"})
  void conflictsHaveAPolicy(String word, Options.Conflict policy) throws RuleException {
    assertThat(of("propagated a conflict=" + word).conflict()).isEqualTo(policy);
    assertThatThrownBy(() -> of("propagated a conflict=" + policy))
        .hasMessageContaining("write last-wins, keep-both or primary-wins");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "36h, 36h", "48h, 2d", "3650d, 3650d"})
  void historyIsKeptForATime(String text, String shortest) throws RuleException {
    assertThat(of("propagated a history=" + text).describe(Binding.PROPAGATED))
        .endsWith(" history=" + shortest);
  }

  @Test
  void whatIsWrittenIsKeptAsItIs() throws RuleException {
    assertThat(of("remote a   timeout=60s  cache=0").written()).isEqualTo("timeout=60s cache=0");
  }

  @Test
  void eachBindingDescribesItsOwn() throws RuleException {
    assertThat(of("propagated a offline=refuse").describe(Binding.PROPAGATED))
        .isEqualTo("offline=refuse conflict=last-wins history=30d");
    assertThat(of("propagated a").describe(Binding.PROPAGATED)).isEqualTo(DEFAULTS);
    assertThat(of("propagated a sync-timeout=2s").describe(Binding.PROPAGATED)).isEqualTo(DEFAULTS);
    assertThat(of("propagated a sync=queued").describe(Binding.PROPAGATED))
        .isEqualTo(DEFAULTS + " sync=queued sync-timeout=10s");
    assertThat(of("propagated a sync=applied sync-timeout=500ms").sync())
        .isEqualTo(Options.Sync.APPLIED);
    assertThat(of("local a").describe(Binding.LOCAL)).isEmpty();
    assertThat(of("log a").describe(Binding.LOG))
        .isEqualTo("targets=file host-tag=prefix facility=user tag=- cloud=allow when-full=refuse");
  }

  @Test
  void aLogSaysWhereItsLinesGo() throws RuleException {
    LogOptions log =
        of("log a targets=Cloud,file host-tag=field facility=local3 tag=shop cloud=never"
                + " when-full=drop")
            .log();

    assertThat(log.targets()).containsExactlyInAnyOrder(LogTarget.FILE, LogTarget.CLOUD);
    assertThat(log.hostTag()).isEqualTo(LogOptions.HostTag.FIELD);
    assertThat(log.facility().code()).isEqualTo(19);
    assertThat(log.tag()).isEqualTo("shop");
    assertThat(log.cloudAllowed()).isFalse();
    assertThat(log.dropping()).isTrue();
    assertThat(of("log a targets=syslog").log().targets()).containsExactly(LogTarget.SYSLOG);
  }

  @ParameterizedTest
  @CsvSource({
    "'targets=cloud', cloud only with file",
    "'targets=file,cluod', cloud only with file",
    "'targets=,', cloud only with file",
    "host-tag=suffix, 'prefix, field or none'",
    "facility=local8, a facility of syslog",
    "tag=a[1], printable characters",
    "when-full=wait, refuse or drop",
  })
  void whatALogCannotDoIsRefused(String option, String because) {
    assertThatThrownBy(() -> of("log a " + option)).hasMessageContaining(because);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1000, 1000", "1024, 1K", "64K, 64K", "100M, 100M", "2048M, 2G", "3T, 3T"})
  void aSizeIsANumberAndAUnit(String text, String shortest) throws RuleException {
    Options options = of("propagated a max-size=" + text);

    assertThat(options.hasMaxSize()).isTrue();
    assertThat(options.describe(Binding.PROPAGATED)).isEqualTo(DEFAULTS + " max-size=" + shortest);
    assertThat(of("propagated a max-size=" + shortest).maxSize()).isEqualTo(options.maxSize());
  }

  @Test
  void withoutALimitAFileMayHaveAnySize() throws RuleException {
    for (String rule : new String[] {"propagated a", "propagated a max-size=unlimited"}) {
      assertThat(of(rule).hasMaxSize()).isFalse();
      assertThat(of(rule).maxSize()).isEqualTo(Long.MAX_VALUE);
      assertThat(of(rule).describe(Binding.PROPAGATED)).isEqualTo(DEFAULTS);
    }
    assertThat(of("propagated a max-size=2G").maxSize()).isEqualTo(2L << 30);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "1.5G", "10k", "10MB", "M", "9999999T", "none"})
  void whatIsNoSizeIsRefused(String text) {
    assertThatThrownBy(() -> of("propagated a max-size=" + text))
        .hasMessageContaining("is no value of \"max-size\"; write a size such as 500K, 100M or 2G");
  }
}
