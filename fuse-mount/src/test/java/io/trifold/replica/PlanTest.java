package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.Metadata;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static final Metadata METADATA = new Metadata(0644, "root", "root", 0, 0);
  private final Plan plan = new Plan();

  private void add(Change change) {
    plan.add(new Plan.Item(change, 0, Optional.empty()));
  }

  private static Change file(String path) {
    return new Change.PutFile(
        path, METADATA, 0, Digest.sha256(new byte[0]), new Change.Content.Inline(new byte[0]));
  }

  private static Change directory(String path) {
    return new Change.PutDirectory(path, METADATA);
  }

  private static Change delete(String path) {
    return new Change.Delete(path);
  }

  @Test
  void whatWasMovedIsPutBeforeItIsDeleted() {
    add(delete("old"));
    add(file("new"));
    assertThat(plan.ordered()).extracting(Plan.Item::path).containsExactly("new", "old");
  }

  @Test
  void putsKeepTheirOrder() {
    add(directory("z"));
    add(file("z/b"));
    add(file("a"));
    assertThat(plan.ordered()).extracting(Plan.Item::path).containsExactly("z", "z/b", "a");
  }

  @Test
  void ofDeletesChildrenAreFirst() {
    add(delete("d"));
    add(delete("d/e/f"));
    add(delete("d/e"));
    assertThat(plan.ordered()).extracting(Plan.Item::path).containsExactly("d/e/f", "d/e", "d");
  }

  @Test
  void whatIsInTheWayOfAPutIsDeletedFirst() {
    add(file("other"));
    add(delete("gone"));
    add(file("d"));
    add(delete("d/x"));
    add(delete("d/x/y"));
    assertThat(plan.ordered())
        .extracting(Plan.Item::path)
        .containsExactly("d/x/y", "d/x", "other", "d", "gone");
  }

  @Test
  void deletesInADirectoryThatIsPutWait() {
    add(directory("d"));
    add(delete("d/x"));
    add(file("d/y"));
    assertThat(plan.ordered()).extracting(Plan.Item::path).containsExactly("d", "d/y", "d/x");
  }

  @Test
  void eachPathComesOnce() {
    add(file("a"));
    add(delete("a"));
    assertThat(plan.ordered()).hasSize(1);
    plan.remove("a");
    assertThat(plan.size()).isZero();
  }
}
