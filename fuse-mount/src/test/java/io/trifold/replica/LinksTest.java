package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Change;
import io.trifold.queue.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Files with several names between two hosts. */
class LinksTest extends TwoHosts {
  private static byte[] large(int seed) {
    byte[] bytes = new byte[20_000];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** The sets of paths that are one file. */
  private static Set<Set<String>> files(Host host) throws IOException {
    Map<Long, Set<String>> files = new TreeMap<>();
    for (String path : host.tree().keySet()) {
      if (Files.isRegularFile(host.root.resolve(path), LinkOption.NOFOLLOW_LINKS)) {
        files.computeIfAbsent(host.inode(path), inode -> new TreeSet<>()).add(path);
      }
    }
    return files.values().stream().map(Set::copyOf).collect(Collectors.toSet());
  }

  private void assertLinked(Host host, String... paths) throws IOException {
    for (String path : paths) {
      assertThat(host.inode(path)).as(path).isEqualTo(host.inode(paths[0]));
      assertThat(host.links(path)).as(path).isEqualTo(paths.length);
    }
  }

  private void assertEqual() throws IOException {
    assertSame(one, two);
    assertThat(files(two)).isEqualTo(files(one));
  }

  @Test
  void aLinkMadeOnOneHostIsOneOnTheOtherAndSendsNothing() throws Exception {
    one.write("p", large(1));
    quiet(one, two);
    long inode = two.inode("p");
    int before = farm.calls("store");
    int read = farm.calls("fetch");

    one.link("p", "q");
    assertEqual();

    assertLinked(two, "p", "q");
    assertThat(two.inode("p")).isEqualTo(inode);
    assertThat(farm.calls("store")).isEqualTo(before);
    assertThat(farm.calls("fetch")).isEqualTo(read);
  }

  @Test
  void aWriteThroughEitherNameIsOneThroughBoth() throws Exception {
    one.mkdir("d");
    one.write("p", large(1));
    one.link("p", "d/q");
    assertEqual();
    one.write("p", large(2));
    assertEqual();
    assertLinked(two, "p", "d/q");
    assertThat(two.root.resolve("d/q")).hasBinaryContent(large(2));
    two.write("d/q", large(3));
    assertEqual();
    assertLinked(one, "p", "d/q");
    assertLinked(two, "p", "d/q");
    assertThat(one.root.resolve("p")).hasBinaryContent(large(3));
  }

  @Test
  void aModeSetThroughOneNameChangesTheFileInPlace() throws Exception {
    one.write("p", large(1));
    one.link("p", "q");
    one.link("p", "r");
    assertEqual();
    long inode = two.inode("p");
    int read = farm.calls("fetch");
    one.chmod("q", "rw-------");
    one.setXattr("r", "user.a", new byte[] {1});
    assertEqual();
    assertLinked(two, "p", "q", "r");
    assertThat(two.inode("p")).isEqualTo(inode);
    assertThat(two.xattr("p", "user.a")).containsExactly(1);
    assertThat(farm.calls("fetch")).isEqualTo(read);
  }

  @Test
  void oneNameCanGoOrBecomeAnotherFile() throws Exception {
    one.write("p", large(1));
    one.link("p", "q");
    one.link("p", "r");
    assertEqual();
    long inode = two.inode("r");
    one.delete("p");
    assertEqual();
    assertLinked(two, "q", "r");
    one.write("new", large(2));
    one.rename("new", "q");
    assertEqual();
    assertLinked(two, "q");
    assertLinked(two, "r");
    assertThat(two.inode("r")).isEqualTo(inode);
    two.write("r", "changed");
    assertEqual();
    assertThat(one.root.resolve("q")).hasBinaryContent(large(2));
  }

  @Test
  void namesAreRenamedAloneAndWithTheirDirectory() throws Exception {
    one.mkdir("d");
    one.write("d/p", large(1));
    one.link("d/p", "d/q");
    assertEqual();
    int read = farm.calls("fetch");
    one.rename("d/p", "d/moved");
    assertEqual();
    assertLinked(two, "d/moved", "d/q");
    assertThat(farm.calls("fetch")).isEqualTo(read);
    one.rename("d", "e");
    assertEqual();
    assertLinked(two, "e/moved", "e/q");
  }

  @Test
  void whatWasLinkedWhileNothingWasMountedIsFound() throws Exception {
    one.write("p", large(1));
    one.write("other", large(2));
    quiet(one, two);
    one.close();
    Files.createLink(one.root.resolve("q"), one.root.resolve("p"));
    Files.delete(one.root.resolve("other"));
    Files.createLink(one.root.resolve("other"), one.root.resolve("p"));
    one.start();
    assertEqual();
    assertLinked(two, "p", "q", "other");
    one.close();
    Files.write(one.root.resolve("q"), large(3));
    one.start();
    assertEqual();
    assertLinked(two, "p", "q", "other");
    assertThat(two.root.resolve("p")).hasBinaryContent(large(3));
  }

  @Test
  void whatWasLinkedBeforeTheJoinIsLinkedOnWhoeverJoins() throws Exception {
    Host first = new Host("first", directory.resolve("other"), farm.source());
    Files.write(first.root.resolve("p"), large(1));
    Files.createLink(first.root.resolve("q"), first.root.resolve("p"));
    Host empty = new Host("empty", directory, farm.source());
    Host copies = new Host("copies", directory, farm.source());
    try {
      first.start();
      quiet(first);
      for (String path : List.of("p", "q")) {
        Files.write(copies.root.resolve(path), large(1));
      }
      empty.start();
      copies.start();
      quiet(first, empty, copies, one, two);
      for (Host host : List.of(first, empty, copies, one, two)) {
        assertLinked(host, "p", "q");
      }
      copies.write("p", large(2));
      quiet(first, empty, copies, one, two);
      for (Host host : List.of(first, empty, copies, one, two)) {
        assertLinked(host, "p", "q");
        assertThat(host.root.resolve("q")).hasBinaryContent(large(2));
      }
    } finally {
      first.close();
      empty.close();
      copies.close();
    }
  }

  @Test
  void whoJoinsWithTheNamesOfAnotherFileTakesTheLogsForEach() throws Exception {
    one.write("p", "new");
    one.link("p", "q");
    one.write("r", "of its own");
    assertEqual();
    Host joins = new Host("joins", directory, farm.source());
    Files.writeString(joins.root.resolve("p"), "old");
    Files.createLink(joins.root.resolve("q"), joins.root.resolve("p"));
    Files.createLink(joins.root.resolve("r"), joins.root.resolve("p"));
    try {
      joins.start();
      quiet(joins, one, two);
      assertLinked(joins, "p", "q");
      for (Host host : List.of(joins, one, two)) {
        assertThat(host.read("q")).isEqualTo("new");
        assertThat(host.read("r")).isEqualTo("of its own");
      }
    } finally {
      joins.close();
    }
  }

  @Test
  void aRestartSendsNothingAgain() throws Exception {
    one.write("p", large(1));
    one.link("p", "q");
    one.write("q", large(2));
    one.link("p", "r");
    one.delete("p");
    assertEqual();
    List<Event> before = farm.events();
    one.restart();
    two.restart();
    assertEqual();
    assertThat(farm.events()).isEqualTo(before);
  }

  @Test
  void aNameThatIsLocalStaysAFileOfItsOwn() throws Exception {
    one.mkdir("cache");
    one.write("p", large(1));
    Files.createLink(one.root.resolve("cache/p"), one.root.resolve("p"));
    one.write("p", large(2));
    quiet(one, two);
    assertThat(two.has("cache/p")).isFalse();
    assertLinked(two, "p");
    assertThat(two.root.resolve("p")).hasBinaryContent(large(2));
  }

  @Test
  void aWriterOfOneNameHoldsBackWhatComesForTheOthers() throws Exception {
    one.write("p", large(1));
    one.link("p", "q");
    assertEqual();
    two.openForWriting.add("q");
    one.write("p", large(2));
    quiet(one);
    Host.eventually("the writer's name waits", () -> two.status().deferred() > 0);
    assertThat(two.root.resolve("q")).hasBinaryContent(large(1));
    two.openForWriting.clear();
    assertEqual();
    assertLinked(two, "p", "q");
  }

  @Test
  void oneHostWritesWhileTheOtherTakesANameAway() throws Exception {
    for (int round = 0; round < 20; round++) {
      one.write("p", large(round));
      one.link("p", "q");
      assertEqual();
      two.delete("q");
      two.write("q", "of its own " + round);
      one.write("p", large(1000 + round));
      assertEqual();
      one.delete("p");
      one.delete("q");
      assertEqual();
    }
  }

  @Test
  void anyCrashBetweenDiskAndJournalIsMadeUpFor() throws Exception {
    for (int commits = 0; commits < 12; commits++) {
      String p = "p" + commits;
      String q = "q" + commits;
      one.write(p, large(1));
      quiet(one, two);
      two.close();
      AtomicInteger left = new AtomicInteger(commits);
      two.journals = journal -> new CrashingJournal(journal, left);
      one.link(p, q);
      one.write(q, large(2));
      quiet(one);
      two.start();
      Host.eventually(
          "it crashed or is done",
          () ->
              two.status().state().startsWith("stopped")
                  || (two.status().state().equals("live")
                      && two.status().position() == two.status().head()));
      two.crash();
      two.journals = java.util.function.UnaryOperator.identity();
      two.start();
      assertEqual();
      assertLinked(two, p, q);
    }
  }

  /** The hosts link, write, move and delete the same few names, one after the other. */
  @Test
  void inEveryMixBothHostsEndWithTheSameFiles() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<String> names = List.of("a", "b", "c", "d", "e", "f");
    for (int round = 0; round < 25; round++) {
      Host host = random.nextBoolean() ? one : two;
      for (int step = 0; step < 12; step++) {
        String name = names.get(random.nextInt(names.size()));
        String other = names.get(random.nextInt(names.size()));
        act(host, random.nextInt(7), name, other, random.nextInt());
        if (random.nextInt(4) == 0) {
          Thread.sleep(random.nextInt(15));
        }
      }
      if (round % 6 == 5) {
        (random.nextBoolean() ? one : two).restart();
      }
      quiet(one, two);
      assertThat(two.tree()).as("seed %d, round %d", seed, round).isEqualTo(one.tree());
      assertOneOnlyAsLogged(one, "seed " + seed);
      assertOneOnlyAsLogged(two, "seed " + seed);
    }
  }

  private void act(Host host, int what, String name, String other, int value) {
    try {
      switch (what) {
        case 0, 1 -> host.write(name, "content " + value % 3);
        case 2, 3 -> host.link(name, other);
        case 4 -> host.rename(name, other);
        case 5 -> host.delete(name);
        default -> host.chmod(name, value % 2 == 0 ? "rw-------" : "rw-r--r--");
      }
    } catch (IOException e) {
      // The name is missing, or taken: apply may have been there first.
      assertThat(e.getMessage()).isNotNull();
    }
  }

  /**
   * Names are one file only where the log says so. That they are wherever it does is not certain:
   * what capture is at work on is linked with nothing.
   */
  private void assertOneOnlyAsLogged(Host host, String seed) throws IOException {
    Map<String, Optional<UUID>> links = new TreeMap<>();
    for (Event event : farm.events()) {
      if (event.change() instanceof Change.PutFile put) {
        links.put(put.path(), put.link());
      }
    }
    for (Set<String> names : files(host)) {
      Set<Optional<UUID>> logged = names.stream().map(links::get).collect(Collectors.toSet());
      assertThat(logged).as("%s: %s", seed, names).hasSize(1);
      assertThat(names.size() == 1 || logged.iterator().next().isPresent()).as(seed).isTrue();
    }
  }
}
