package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.rules.RuleSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which directories a walk comes to next. */
class WalkCourseTest {
  private final WalkCourse course = new WalkCourse();
  private DirectoryNode root;
  private long number = 1;

  @BeforeEach
  void root() throws Exception {
    root = DirectoryNode.root(number, number, RuleSet.parse("test.rules", "local *\n").root());
  }

  private DirectoryNode at(DirectoryNode parent, String name) {
    return DirectoryNode.at(new Link(parent, name), ++number, number);
  }

  private DirectoryNode read(DirectoryNode parent, String name, String... inner) {
    DirectoryNode directory = at(parent, name);
    list(directory, inner);
    return directory;
  }

  private void list(DirectoryNode directory, String... inner) {
    course.entered(directory);
    course.listed(directory, List.of(inner));
  }

  private List<String> told() {
    List<String> names = new ArrayList<>();
    for (Optional<Link> next = course.next(); next.isPresent(); next = course.next()) {
      names.add(next.get().name());
    }
    return names;
  }

  private static String[] names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "d" + i).toArray(String[]::new);
  }

  @Test
  void whoReadsTwoOfThemReadsTheRestAsWell() {
    list(root, "a", "b", "c", "d");
    assertThat(told()).isEmpty();
    read(root, "a");
    assertThat(told()).isEmpty();
    read(root, "b");
    assertThat(told()).containsExactly("c", "d");
    read(root, "c");
    assertThat(told()).as("again").isEmpty();
  }

  @Test
  void soManyAreToldOfAndMoreAsTheWalkGoesOn() {
    list(root, names(200));
    read(root, "d0");
    read(root, "d1");
    assertThat(told()).hasSize(WalkCourse.AHEAD).startsWith("d2").endsWith("d33");
    read(root, "d2");
    assertThat(course.isDue()).as("for one").isFalse();
    assertThat(told()).containsExactly("d34");
    for (int i = 3; i < 30; i++) {
      read(root, "d" + i);
    }
    assertThat(course.isDue()).isTrue();
    assertThat(told()).startsWith("d35").endsWith("d61");
  }

  @Test
  void whatIsWithinComesBeforeWhatIsBeside() {
    list(root, "a", "b", "c");
    read(root, "a");
    DirectoryNode b = read(root, "b", "b1", "b2");
    assertThat(told()).containsExactly("b1", "b2", "c");
    read(b, "b1", "deep");
    assertThat(told()).containsExactly("deep");
    read(root, "c");
    assertThat(told()).isEmpty();
  }

  @Test
  void theOrderMayBeAnother() {
    list(root, "c", "a", "d", "b");
    read(root, "a");
    read(root, "b");
    assertThat(told()).isEmpty();
    read(root, "c");
    assertThat(told()).as("a was read").containsExactly("d");
  }

  @Test
  void anotherWalkBegins() {
    DirectoryNode elsewhere = at(at(root, "x"), "y");
    list(root, "a", "b", "c");
    read(root, "a");
    list(elsewhere, "1", "2", "3");
    read(root, "b");
    assertThat(told()).as("the first is not followed any more").isEmpty();
    list(elsewhere, "1", "2", "3");
    read(elsewhere, "1");
    read(elsewhere, "2");
    assertThat(told()).containsExactly("3");
  }

  @Test
  void oneThatIsLetAloneTellsNothingUntilTheNextBegins() {
    list(root, "a", "b", "c", "d");
    read(root, "a");
    read(root, "b");
    course.letAlone();
    read(root, "c", "c1", "c2", "c3");
    assertThat(course.isDue()).isFalse();
    assertThat(told()).isEmpty();
    list(root, "a", "b", "c");
    read(root, "a");
    read(root, "b");
    assertThat(told()).containsExactly("c");
  }

  @Test
  void whatIsRememberedIsBounded() {
    list(root, names(WalkCourse.NAMES));
    read(root, "d0");
    DirectoryNode inner = read(root, "d1", "1", "2");
    assertThat(told()).as("the outer ones are forgotten").containsExactly("1", "2");
    read(inner, "1");
    read(root, "d2");
    assertThat(told()).isEmpty();
  }
}
