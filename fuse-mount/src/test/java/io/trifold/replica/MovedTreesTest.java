package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Change;
import io.trifold.queue.Event;
import io.trifold.queue.Provenance;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tree that is moved is one change to the other hosts. */
class MovedTreesTest extends TwoHosts {
  @BeforeEach
  void makeTree() throws Exception {
    one.mkdir("old");
    one.mkdir("old/sub");
    one.mkdir("old/sub/empty");
    for (int i = 0; i < 40; i++) {
      one.write("old/sub/" + i, "content " + i);
    }
    assertSame(one, two);
  }

  private List<Event> since(long head) {
    return farm.events().subList((int) head, (int) farm.head());
  }

  private static Set<Optional<UUID>> sets(List<Event> events) {
    return events.stream()
        .map(event -> event.provenance().part().map(Provenance.Part::changeSet))
        .collect(Collectors.toSet());
  }

  private static List<String> paths(List<Event> events) {
    return events.stream().map(event -> event.change().path()).toList();
  }

  /** A directory is put once more for its time, behind what was put in it. */
  private List<Event> afterTheFirst(long head) {
    Set<String> paths = new HashSet<>(Set.of("first"));
    return since(head).stream().filter(event -> paths.add(event.change().path())).toList();
  }

  /** What is done from now on waits, all of it, behind one change that is offered in vain. */
  private void away() throws Exception {
    AtomicBoolean offered = new AtomicBoolean();
    farm.faults =
        (host, operation, after) -> {
          if (host.equals("one")) {
            offered.compareAndSet(false, operation.equals("append"));
            throw MemoryFarm.unreachable();
          }
        };
    one.write("first", "x");
    Host.eventually("the first change is offered", offered::get);
  }

  private void back() {
    farm.faults = MemoryFarm.Faults.NONE;
  }

  @Test
  void itArrivesAsOneChangeSet() throws Exception {
    long head = farm.head();
    one.rename("old", "new");
    assertSame(one, two);
    List<Event> events = since(head);
    assertThat(events).hasSize(2 * 43);
    assertThat(sets(events)).hasSize(1).doesNotContain(Optional.empty());
    assertThat(events.get(85).provenance().part().get().isLast()).isTrue();
    assertThat(two.read("new/sub/7")).isEqualTo("content 7");
    assertThat(two.has("old")).isFalse();
  }

  @Test
  void itKeepsItsPlaceAmongOtherChanges() throws Exception {
    long head = farm.head();
    away();
    one.write("before", "x");
    one.write("old/sub/7", "edited");
    one.rename("old", "new");
    one.write("after", "x");
    one.write("new/sub/8", "edited too");
    back();
    assertSame(one, two);
    List<Event> events = afterTheFirst(head);
    assertThat(paths(events)).startsWith("before").endsWith("after");
    assertThat(sets(events.subList(1, events.size() - 1))).hasSize(1);
    assertThat(events).hasSize(2 * 43 + 2);
    assertThat(two.read("new/sub/7")).isEqualTo("edited");
    assertThat(two.read("new/sub/8")).isEqualTo("edited too");
  }

  @Test
  void itIsSentOnceHoweverOftenItIsMoved() throws Exception {
    long head = farm.head();
    away();
    one.rename("old", "new");
    one.mkdir("other");
    one.rename("new", "other/newer");
    one.rename("other", "another");
    back();
    assertSame(one, two);
    List<Event> events = afterTheFirst(head);
    assertThat(sets(events)).hasSize(1).doesNotContain(Optional.empty());
    assertThat(events.stream().filter(event -> event.change() instanceof Change.Delete))
        .hasSize(43);
    assertThat(two.read("another/newer/sub/7")).isEqualTo("content 7");
  }

  @Test
  void oneThatTakesTheOthersPlaceIsSentWithIt() throws Exception {
    one.mkdir("next");
    one.write("next/release", "2");
    assertSame(one, two);
    long head = farm.head();
    away();
    one.rename("old", "aside");
    one.rename("next", "old");
    back();
    assertSame(one, two);
    assertThat(sets(afterTheFirst(head))).hasSize(1).doesNotContain(Optional.empty());
    assertThat(two.read("old/release")).isEqualTo("2");
    assertThat(two.read("aside/sub/7")).isEqualTo("content 7");
  }

  @Test
  void withALargeFileInItItGoesAsOrdinaryChanges() throws Exception {
    one.write("old/large", new byte[(int) LargeFiles.LARGE + 1]);
    assertSame(one, two);
    long head = farm.head();
    one.rename("old", "new");
    assertSame(one, two);
    assertThat(sets(since(head))).containsExactly(Optional.empty());
    assertThat(two.has("old")).isFalse();
  }

  @Test
  void aRestartBeforeItIsSentLosesNothing() throws Exception {
    away();
    one.write("old/sub/7", "edited");
    one.rename("old", "new");
    one.write("new/sub/8", "edited too");
    one.close();
    back();
    one.start();
    quiet(one, two);
    assertSame(one, two);
    assertThat(two.read("new/sub/7")).isEqualTo("edited");
    assertThat(two.read("new/sub/8")).isEqualTo("edited too");
    assertThat(two.has("old")).isFalse();
  }
}
