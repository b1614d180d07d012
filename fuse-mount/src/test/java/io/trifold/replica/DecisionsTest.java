package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.Event;
import io.trifold.queue.Metadata;
import io.trifold.rules.RuleState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecisionsTest {
  private static final UUID SELF = UUID.randomUUID();
  private static final UUID OTHER = UUID.randomUUID();
  private static final Metadata METADATA = new Metadata(0644, "root", "root", 0, 0);
  private static final RuleState RULES = Host.ruleState("propagated *\nlocal *.tmp\nlocal d/\n");

  private static Event event(UUID producer, long position, Change change) {
    return new Event(position, UUID.randomUUID(), "h", producer, 1, Instant.EPOCH, 0, 0, change);
  }

  private static Change file(String path, String content) {
    byte[] bytes = content.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return new Change.PutFile(
        path, METADATA, bytes.length, Digest.sha256(bytes), new Change.Content.Inline(bytes));
  }

  private static Optional<IndexEntry> at(long version, Change change) {
    return Optional.of(
        new IndexEntry(change.path(), version, State.after(change), Optional.empty()));
  }

  private static ApplyDecision decide(Event event, Optional<IndexEntry> known, boolean claimed) {
    return ApplyDecision.of(event, SELF, known, RULES, claimed);
  }

  @Test
  void anEventOfAnotherHostIsPlacedOnACleanPropagatedPath() {
    Event event = event(OTHER, 5, file("a", "x"));
    assertThat(decide(event, Optional.empty(), true)).isInstanceOf(ApplyDecision.Place.class);
    assertThat(decide(event, at(4, file("a", "y")), true)).isInstanceOf(ApplyDecision.Place.class);
  }

  @Test
  void whatIsNotNewerThanTheIndexIsSkippedWhoeverMadeIt() {
    for (UUID producer : new UUID[] {SELF, OTHER}) {
      for (boolean claimed : new boolean[] {true, false}) {
        for (long version : new long[] {5, 6}) {
          assertThat(
                  decide(event(producer, 5, file("a", "x")), at(version, file("a", "y")), claimed))
              .isInstanceOf(ApplyDecision.Skip.class);
        }
      }
    }
  }

  @Test
  void anOwnEventThatTheIndexMissedIsRecognised() {
    assertThat(decide(event(SELF, 5, file("a", "x")), at(4, file("a", "y")), true))
        .isInstanceOf(ApplyDecision.Recognise.class);
  }

  @Test
  void aDirtyPathIsDeferredEvenForAnOwnEvent() {
    for (UUID producer : new UUID[] {SELF, OTHER}) {
      assertThat(decide(event(producer, 5, file("a", "x")), Optional.empty(), false))
          .isInstanceOfSatisfying(
              ApplyDecision.Pass.class,
              pass -> assertThat(pass.cause()).isEqualTo(Unapplied.Cause.DEFERRED));
    }
  }

  @Test
  void theRulesOfThisHostDecideByKind() {
    assertThat(decide(event(OTHER, 5, file("x.tmp", "x")), Optional.empty(), true))
        .isInstanceOfSatisfying(
            ApplyDecision.Pass.class,
            pass -> assertThat(pass.cause()).isEqualTo(Unapplied.Cause.UNBOUND));
    assertThat(
            decide(event(OTHER, 5, new Change.PutDirectory("d", METADATA)), Optional.empty(), true))
        .isInstanceOf(ApplyDecision.Pass.class);
    assertThat(decide(event(OTHER, 5, file("d", "a file")), Optional.empty(), true))
        .isInstanceOf(ApplyDecision.Place.class);
    assertThat(decide(event(OTHER, 5, new Change.Delete("x.tmp")), Optional.empty(), true))
        .isInstanceOf(ApplyDecision.Pass.class);
    assertThat(
            decide(
                event(OTHER, 5, new Change.Delete("d")),
                at(4, new Change.PutDirectory("d", METADATA)),
                true))
        .as("what was there is a directory, and those are local now")
        .isInstanceOf(ApplyDecision.Pass.class);
  }

  @ParameterizedTest
  @CsvSource({
    "'', false",
    "a, true",
    "a/b, true",
    "/a, false",
    "a/, false",
    "a//b, false",
    "., false",
    "a/./b, false",
    "a/.., false",
    "..a, true",
    ".trifold, false",
    ".trifold/x, false",
    "a/.trifold, true",
    ".trifoldx, true",
    ".trifold~1, false",
    "a/.trifold~1/b, false"
  })
  void pathsAreCheckedBeforeAnythingElse(String path, boolean valid) {
    assertThat(PathNames.valid(path)).isEqualTo(valid);
  }

  @Test
  void longOrBrokenNamesAreNoPaths() {
    assertThat(PathNames.valid("a".repeat(255))).isTrue();
    assertThat(PathNames.valid("a".repeat(256))).isFalse();
    assertThat(PathNames.valid("é".repeat(128))).isFalse();
    assertThat(PathNames.valid("a/".repeat(2048) + "a")).isFalse();
    assertThat(PathNames.valid("a\0b")).isFalse();
  }

  @Test
  void joiningNeverLosesWhatIsHereAndNeverOverrulesTheLog() {
    State log = State.after(file("a", "log"));
    State here = State.after(file("a", "here"));
    State dressed =
        State.file(new Metadata(0600, "x", "y", 1, 2), log.size(), log.digest().orElseThrow());
    List<State> unknown = List.of();
    assertThat(JoinDecision.of(log, log, unknown)).isEqualTo(JoinDecision.INDEX);
    assertThat(JoinDecision.of(log, dressed, unknown)).isEqualTo(JoinDecision.DRESS);
    assertThat(JoinDecision.of(log, State.ABSENT, unknown)).isEqualTo(JoinDecision.PLACE);
    assertThat(JoinDecision.of(log, here, unknown)).isEqualTo(JoinDecision.DISPLACE);
    assertThat(JoinDecision.of(log, State.directory(METADATA), unknown))
        .isEqualTo(JoinDecision.DISPLACE);
    assertThat(JoinDecision.of(State.ABSENT, State.ABSENT, unknown)).isEqualTo(JoinDecision.INDEX);
    assertThat(JoinDecision.of(State.ABSENT, here, List.of(log, here)))
        .isEqualTo(JoinDecision.BURY);
    assertThat(JoinDecision.of(State.ABSENT, here, List.of(log))).isEqualTo(JoinDecision.REGISTER);
    assertThat(JoinDecision.of(State.ABSENT, here, unknown)).isEqualTo(JoinDecision.REGISTER);
  }
}
