package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.Stat;
import org.junit.jupiter.api.Test;

/** A file that is changed while its names are looked at, one after the other. */
class LinksOutdatedTest {
  private final Links links = new Links(null, null);

  private static Stat stat(int names, long size, int modified, int changed) {
    return new Stat(
        1,
        7,
        Stat.S_IFREG | 0644,
        names,
        0,
        0,
        0,
        size,
        8,
        4096,
        0,
        0,
        5,
        modified,
        5,
        changed,
        0,
        0);
  }

  @Test
  void namesOfAFileThatStaysAsItIsAreUpToDate() {
    assertThat(links.outdated("a", stat(2, 10, 1, 4))).isEmpty();
    assertThat(links.outdated("b", stat(2, 10, 1, 4))).isEmpty();
  }

  @Test
  void whatWasLookedAtBeforeTheChangeIsOutdated() {
    links.outdated("a", stat(2, 10, 1, 4));
    assertThat(links.outdated("b", stat(2, 10, 8, 8))).containsExactly("a");
  }

  /** A link and a write in the same tick: seed 551847 of the simulation. */
  @Test
  void soItIsWithinOneTickOfTheClock() {
    links.outdated("a", stat(2, 10, 1, 4));
    assertThat(links.outdated("b", stat(2, 10, 4, 4))).containsExactly("a");
    assertThat(links.outdated("c", stat(2, 11, 4, 4))).containsExactlyInAnyOrder("a", "b");
  }
}
