package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class DirtySetTest {
  private static final Instant NOW = Instant.ofEpochSecond(1000);
  private final DirtySet dirty = new DirtySet();

  private List<String> take(int limit) {
    return dirty.take(limit, NOW).stream().map(Mark::path).toList();
  }

  @Test
  void pathsComeInTheOrderOfTheirFirstMark() {
    dirty.mark("b", false, true);
    dirty.mark("a", false, true);
    dirty.mark("b", false, true);
    dirty.mark("c", false, true);
    assertThat(take(2)).containsExactly("b", "a");
    assertThat(take(9)).containsExactly("c");
    assertThat(take(9)).isEmpty();
  }

  @Test
  void aPathMarkedWhileItIsTakenWaitsAgain() {
    dirty.mark("a", false, true);
    assertThat(take(9)).containsExactly("a");
    dirty.mark("a", false, true);
    assertThat(take(9)).as("still taken").isEmpty();
    dirty.done("a");
    assertThat(dirty.isDirty("a")).isTrue();
    assertThat(take(9)).containsExactly("a");
    dirty.done("a");
    assertThat(dirty.isEmpty()).isTrue();
  }

  @Test
  void noPathIsWithCaptureAndApplyAtOnce() {
    assertThat(dirty.claim("a")).isTrue();
    dirty.mark("a", false, true);
    assertThat(take(9)).isEmpty();
    assertThat(dirty.takeAlong("a")).isFalse();
    dirty.release(Set.of("a"));
    assertThat(take(9)).containsExactly("a");
    assertThat(dirty.claim("a")).isFalse();
    dirty.done("a");
    assertThat(dirty.claim("a")).isTrue();
    assertThat(dirty.claim("a")).as("claimed twice").isFalse();
  }

  @Test
  void aTreeWaitsForWhatApplyIsAtWorkOnBelow() {
    assertThat(dirty.claim("d/x")).isTrue();
    dirty.mark("d", true, true);
    dirty.mark("dx", true, true);
    assertThat(take(9)).containsExactly("dx");
    dirty.release(Set.of("d/x"));
    assertThat(take(9)).containsExactly("d");
  }

  @Test
  void aSubtreeMarkMakesAllBelowDirtyUntilItIsDone() {
    dirty.mark("d", true, true);
    assertThat(dirty.isDirty("d/x/y")).isTrue();
    assertThat(dirty.isDirty("dd")).isFalse();
    Mark mark = dirty.take(1, NOW).get(0);
    assertThat(dirty.isDirty("d/x/y")).isTrue();
    dirty.putBack(mark, NOW);
    assertThat(dirty.claim("d/x")).isFalse();
    dirty.take(1, NOW);
    dirty.done("d");
    assertThat(dirty.isDirty("d/x/y")).isFalse();
    assertThat(dirty.claim("d/x")).isTrue();
  }

  @Test
  void whatIsPutBackIsDueLaterUnlessItIsMarkedAnew() {
    dirty.mark("a", false, true);
    dirty.putBack(dirty.take(1, NOW).get(0), NOW.plusSeconds(5));
    assertThat(take(9)).isEmpty();
    assertThat(dirty.isDirty("a")).isTrue();
    dirty.mark("a", false, true);
    assertThat(take(9)).containsExactly("a");
  }

  @Test
  void flagsOfMarksAddUp() {
    dirty.mark("a", false, false);
    dirty.mark("a", true, false);
    dirty.mark("a", false, true);
    Mark mark = dirty.take(1, NOW).get(0);
    assertThat(mark.subtree()).isTrue();
    assertThat(mark.explicit()).isTrue();
    assertThat(mark.restated()).isFalse();
  }

  @Test
  void knowsWhetherSomethingBelowIsDirty() {
    dirty.mark("d-", false, true);
    dirty.mark("d/x", false, true);
    assertThat(dirty.isDirtyBelow("d")).isTrue();
    assertThat(dirty.isDirtyBelow("d/x")).isFalse();
    take(9);
    assertThat(dirty.isDirtyBelow("d")).isTrue();
    dirty.done("d/x");
    assertThat(dirty.isDirtyBelow("d")).isFalse();
  }

  @Test
  void eachMarkIsRecordedOnce() {
    dirty.mark("a", false, true);
    dirty.mark("b", false, true);
    assertThat(dirty.unrecorded()).extracting(Mark::path).containsExactly("a", "b");
    assertThat(dirty.unrecorded()).isEmpty();
    dirty.mark("a", false, true);
    assertThat(dirty.unrecorded()).extracting(Mark::generation).containsExactly(3L);
  }

  @RepeatedTest(50)
  void noMarkIsEverLost(RepetitionInfo repetition) {
    long seed = repetition.getCurrentRepetition();
    Random random = new Random(seed);
    Set<String> uncaptured = new HashSet<>();
    List<Mark> taken = new ArrayList<>();
    Set<String> claimed = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      String path = "p" + random.nextInt(8);
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          dirty.mark(path, random.nextInt(9) == 0, true);
          uncaptured.add(path);
        }
        case 2 -> {
          for (Mark mark : dirty.take(1 + random.nextInt(3), NOW)) {
            assertThat(claimed).as("seed %d", seed).doesNotContain(mark.path());
            taken.add(mark);
            // The look at the disk comes after the take: what is marked until here is captured.
            uncaptured.remove(mark.path());
          }
        }
        case 3 -> {
          if (!taken.isEmpty()) {
            dirty.done(taken.remove(random.nextInt(taken.size())).path());
          }
        }
        case 4 -> {
          if (!taken.isEmpty()) {
            Mark mark = taken.remove(random.nextInt(taken.size()));
            dirty.putBack(mark, NOW.plusSeconds(random.nextInt(3) - 1));
            uncaptured.add(mark.path());
          }
        }
        default -> {
          if (claimed.contains(path)) {
            dirty.release(Set.of(path));
            claimed.remove(path);
          } else if (dirty.claim(path)) {
            assertThat(uncaptured).as("seed %d", seed).doesNotContain(path);
            claimed.add(path);
          }
        }
      }
      for (String each : uncaptured) {
        assertThat(dirty.isDirty(each)).as("seed %d: %s", seed, each).isTrue();
      }
    }
    dirty.release(claimed);
    taken.forEach(mark -> dirty.done(mark.path()));
    List<Mark> rest = dirty.take(100, NOW.plusSeconds(9));
    assertThat(rest).extracting(Mark::path).as("seed %d", seed).containsAll(uncaptured);
    rest.forEach(mark -> dirty.done(mark.path()));
    assertThat(dirty.isEmpty()).as("seed %d", seed).isTrue();
    assertThat(dirty.isDirty("p0/below")).as("a subtree left, seed %d", seed).isFalse();
  }

  @Test
  void aBarrierStandsBehindWhatWasMarkedBeforeIt() {
    dirty.mark("a", false, true);
    DirtySet.Barrier barrier = dirty.barrier();
    dirty.mark("b", false, true);
    assertThat(dirty.isPast(barrier)).isFalse();
    Mark a = dirty.take(1, NOW).get(0);
    dirty.mark("a", false, true);
    assertThat(dirty.isPast(barrier)).isFalse();
    dirty.putBack(a, NOW);
    assertThat(dirty.isPast(barrier)).isFalse();
    dirty.take(1, NOW);
    dirty.done("a");
    assertThat(dirty.isPast(barrier)).isTrue();
    assertThat(dirty.isEmpty()).isFalse();
  }

  @Test
  void aBarrierStandsBehindWhatComesOfATreeThatWasMarkedBeforeIt() {
    dirty.mark("d", true, true);
    DirtySet.Barrier barrier = dirty.barrier();
    dirty.take(1, NOW);
    dirty.mark("d/x", false, false);
    dirty.done("d");
    assertThat(dirty.isPast(barrier)).isFalse();
    dirty.mark("later", false, true);
    Mark x = dirty.take(1, NOW).get(0);
    dirty.postpone(x);
    assertThat(dirty.isPast(barrier)).isFalse();
    dirty.take(2, NOW);
    dirty.done("d/x");
    dirty.done("later");
    assertThat(dirty.isPast(barrier)).isTrue();
  }
}
