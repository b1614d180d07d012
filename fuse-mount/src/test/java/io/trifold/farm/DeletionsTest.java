package io.trifold.farm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.farm.Deletions.Deletion;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeletionsTest {
  @Test
  void ofATreeThatWasDeletedOnlyItsTopIsSent() {
    List<String> batches =
        Deletions.write(
            List.of(
                new Deletion("a/b/c", false),
                new Deletion("a/b", true),
                new Deletion("a/x\ny", false),
                new Deletion("ab", false),
                new Deletion("a/b", true)));
    assertThat(batches).hasSize(1);
    assertThat(Deletions.read(batches.get(0)))
        .containsExactly(
            new Deletion("a/b", true), new Deletion("a/x\ny", false), new Deletion("ab", false));
  }

  @Test
  void manyGoInBatches() {
    List<Deletion> many = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      many.add(new Deletion("cache/" + i, false));
    }
    List<Deletion> read = new ArrayList<>();
    for (String batch : Deletions.write(many)) {
      assertThat(batch).hasSizeLessThanOrEqualTo(Deletions.MOST);
      read.addAll(Deletions.read(batch));
    }
    assertThat(read).isEqualTo(many);
  }

  @Test
  void whatIsNoPathBelowTheRootIsRefused() {
    for (String bad :
        List.of("f../x\0", "f/x\0", "f\0", "fa/./b\0", "fa//b\0", "xa\0", "fa", "da/..\0")) {
      assertThatThrownBy(() -> Deletions.read(bad))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
