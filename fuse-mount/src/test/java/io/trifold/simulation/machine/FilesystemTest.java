package io.trifold.simulation.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The simulated disk forgets what the real one may forget, and nothing else. */
class FilesystemTest {
  private static final int TRIES = 300;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private interface Story {
    void tell(Filesystem disk) throws Exception;
  }

  /** What can be left after a loss of power. */
  private static Set<String> outcomes(Story story) throws Exception {
    Set<String> result = new TreeSet<>();
    for (int seed = 0; seed < TRIES; seed++) {
      Filesystem disk = new Filesystem(() -> 0);
      story.tell(disk);
      disk.losePower(new Random(seed));
      StringBuilder text = new StringBuilder();
      disk.walk()
          .forEach(
              (path, node) ->
                  text.append(path)
                      .append('=')
                      .append(new String(node.content(), StandardCharsets.UTF_8))
                      .append(' '));
      result.add(text.toString().strip());
    }
    return result;
  }

  @Test
  void whatWasNotSyncedIsThereInAnyPart() throws Exception {
    assertThat(outcomes(disk -> disk.write(disk.create("a", 0644), bytes("x"))))
        .containsExactly("", "a=", "a=x");
  }

  @Test
  void whatWasSyncedIsThere() throws Exception {
    assertThat(
            outcomes(
                disk -> {
                  disk.mkdir("d", 0755);
                  disk.write(disk.create("d/a", 0644), bytes("x"));
                  disk.sync("d/a");
                }))
        .containsExactly("d= d/a=x");
    assertThat(
            outcomes(
                disk -> {
                  disk.write(disk.create("a", 0644), bytes("x"));
                  disk.write(disk.create("b", 0644), bytes("y"));
                  disk.syncAll();
                }))
        .containsExactly("a=x b=y");
  }

  @Test
  void aRenameIsDoneOrNotDone() throws Exception {
    assertThat(
            outcomes(
                disk -> {
                  disk.write(disk.create("a", 0644), bytes("x"));
                  disk.syncAll();
                  disk.rename("a", "b");
                }))
        .containsExactly("a=x", "b=x");
  }

  @Test
  void nothingIsInADirectoryThatIsNotThere() throws Exception {
    assertThat(
            outcomes(
                disk -> {
                  disk.write(disk.create("a", 0644), bytes("x"));
                  disk.syncAll();
                  disk.mkdir("d", 0755);
                  disk.rename("a", "d/a");
                }))
        .containsExactly("a=x", "a=x d=", "d= d/a=x");
  }

  @Test
  void aRenameBeforeItsContentIsAnEmptyFile() throws Exception {
    assertThat(
            outcomes(
                disk -> {
                  disk.write(disk.create("a", 0644), bytes("old"));
                  disk.syncAll();
                  disk.write(disk.create("b", 0644), bytes("new"));
                  disk.rename("b", "a");
                }))
        .contains("a=old", "a=new", "a=");
  }

  @Test
  void aNameIsNotReusedBeforeItIsFree() throws Exception {
    assertThat(
            outcomes(
                disk -> {
                  disk.mkdir("d", 0755);
                  disk.write(disk.create("d/a", 0644), bytes("x"));
                  disk.syncAll();
                  disk.rename("d/a", "b");
                  disk.rmdir("d");
                }))
        .containsExactly("b=x", "b=x d=", "d= d/a=x");
  }
}
