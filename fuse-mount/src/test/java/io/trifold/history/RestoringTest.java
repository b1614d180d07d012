package io.trifold.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.Event;
import io.trifold.queue.Metadata;
import io.trifold.queue.PathState;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RestoringTest {
  private static final Metadata METADATA = new Metadata(0644, "www", "www", 1, 2);

  private static Change file(String path, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new Change.PutFile(
        path, METADATA, bytes.length, Digest.sha256(bytes), new Change.Content.Inline(bytes));
  }

  private static Change directory(String path) {
    return new Change.PutDirectory(path, METADATA);
  }

  private static PathState now(long position, Change change) {
    return new PathState(
        change.path(),
        new Event(
            position,
            UUID.randomUUID(),
            "web1",
            UUID.randomUUID(),
            1,
            Instant.EPOCH,
            0,
            0,
            change));
  }

  @Test
  void whatIsAsItWasStays() {
    Restoring plan = Restoring.plan(List.of(file("a", "x")), List.of(now(5, file("a", "x"))), true);
    assertThat(plan.steps()).isEmpty();
    assertThat(plan.added()).isEmpty();
  }

  @Test
  void whatIsGoneOrOtherIsPutUponWhatIsThereNow() {
    Restoring plan =
        Restoring.plan(
            List.of(directory("d"), file("d/a", "old"), file("d/b", "b")),
            List.of(now(7, file("d/a", "new")), now(8, new Change.Delete("d/b"))),
            false);
    assertThat(plan.steps())
        .extracting(step -> step.change().path(), Restoring.Step::base, Restoring.Step::replaces)
        .containsExactly(tuple("d", 0L, false), tuple("d/a", 7L, true), tuple("d/b", 8L, false));
  }

  @Test
  void whatWasMadeSinceStaysUnlessItIsToBeExact() {
    List<Change> then = List.of(directory("d"));
    List<PathState> now = List.of(now(1, directory("d")), now(2, file("d/new", "n")));
    assertThat(Restoring.plan(then, now, false).added()).containsExactly("d/new");
    assertThat(Restoring.plan(then, now, false).steps()).isEmpty();
    assertThat(Restoring.plan(then, now, true).steps())
        .extracting(Restoring.Step::change)
        .containsExactly(new Change.Delete("d/new"));
  }

  @Test
  void aDirectoryWithThingsInItIsInTheWayOfAFile() {
    List<Change> then = List.of(file("x", "file"));
    List<PathState> now = List.of(now(1, directory("x")), now(2, file("x/new", "n")));
    assertThat(Restoring.plan(then, now, false).obstacles()).containsExactly("x");
    assertThat(Restoring.plan(then, now, true).obstacles()).isEmpty();
  }
}
