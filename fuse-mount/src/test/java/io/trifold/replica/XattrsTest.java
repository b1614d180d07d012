package io.trifold.replica;

import static io.trifold.replica.Host.assertSame;
import static io.trifold.replica.Host.quiet;
import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Change;
import io.trifold.queue.Event;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Extended attributes and access control lists between two hosts. */
class XattrsTest extends TwoHosts {
  private static final String ACCESS = "system.posix_acl_access";
  private static final String DEFAULT = "system.posix_acl_default";

  /** {@code u::rw- u:7:rwx g::r-- m::rwx o::---}. */
  private static final byte[] LIST =
      HexFormat.of()
          .parseHex(
              "02000000"
                  + "01000600ffffffff"
                  + "0200070007000000"
                  + "04000400ffffffff"
                  + "10000700ffffffff"
                  + "20000000ffffffff");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void settle() {
    quiet(one, two);
  }

  @Test
  void theyTravelWithAFileAndByThemselves() throws Exception {
    one.write("f", new byte[3 * FileContent.CHUNK_LENGTH]);
    one.setXattr("f", "user.with", bytes("content"));
    settle();
    assertThat(two.xattr("f", "user.with")).isEqualTo(bytes("content"));
    long inode = two.inode("f");
    int before = farm.calls("store");

    one.setXattr("f", "user.alone", new byte[] {0, -1, 7});
    one.setXattr("f", "user.empty", new byte[0]);
    one.removeXattr("f", "user.with");
    settle();

    assertThat(two.xattr("f", "user.alone")).containsExactly(0, -1, 7);
    assertThat(two.xattr("f", "user.empty")).isEmpty();
    assertThat(two.xattr("f", "user.with")).isNull();
    assertThat(two.inode("f")).isEqualTo(inode);
    assertThat(farm.calls("store")).isEqualTo(before);
    assertSame(one, two);
  }

  @Test
  void theyTravelWithDirectories() throws Exception {
    one.mkdir("d");
    one.setXattr("d", "user.a", bytes("1"));
    one.write("d/f", "x");
    settle();
    assertThat(two.xattr("d", "user.a")).isEqualTo(bytes("1"));

    two.setXattr("d", "user.a", bytes("2"));
    settle();
    assertThat(one.xattr("d", "user.a")).isEqualTo(bytes("2"));

    two.removeXattr("d", "user.a");
    settle();
    assertThat(one.xattr("d", "user.a")).isNull();
  }

  @Test
  void accessControlListsTravelAndTheModeStaysTrue() throws Exception {
    one.write("f", "x");
    one.chmod("f", "rw-rwx---");
    one.setXattr("f", ACCESS, LIST);
    one.mkdir("d");
    one.setXattr("d", DEFAULT, LIST);
    one.write("d/inside", "x");
    assertSame(one, two);
    assertThat(two.xattr("f", ACCESS)).isEqualTo(LIST);
    assertThat(two.xattr("d", DEFAULT)).isEqualTo(LIST);
    assertThat(two.xattr("d/inside", ACCESS)).isEqualTo(one.xattr("d/inside", ACCESS));

    one.chmod("f", "rw-r-----");
    assertSame(one, two);
    assertThat(two.xattr("f", ACCESS)).isEqualTo(one.xattr("f", ACCESS)).isNotEqualTo(LIST);

    one.removeXattr("f", ACCESS);
    one.removeXattr("d", DEFAULT);
    assertSame(one, two);
    assertThat(two.xattr("f", ACCESS)).isNull();
    assertThat(two.xattr("d", DEFAULT)).isNull();
  }

  @Test
  void whatIsMadeOnTheOtherHostDoesNotInheritWhatTheLogDoesNotSay() throws Exception {
    two.close();
    one.mkdir("d");
    one.write("d/before", "x");
    one.setXattr("d", DEFAULT, LIST);
    settle(one);
    two.start();
    assertSame(one, two);
    assertThat(two.xattr("d/before", ACCESS)).isNull();
  }

  private static void settle(Host host) {
    quiet(host);
  }

  @Test
  void thoseThatAreTheHostsOwnStayThere() throws Exception {
    two.write("f", "x");
    settle();
    two.setXattr("f", "trusted.own", bytes("two"));
    one.setXattr("f", "trusted.own", bytes("one"));
    one.setXattr("f", "user.trifold.own", bytes("one"));
    one.setXattr("f", "user.shared", bytes("both"));
    settle();
    assertThat(two.xattr("f", "user.shared")).isEqualTo(bytes("both"));
    assertThat(two.xattr("f", "trusted.own")).isEqualTo(bytes("two"));
    assertThat(two.xattr("f", "user.trifold.own")).isNull();
  }

  @Test
  void whatWasSetWhileNothingWasMountedIsFound() throws Exception {
    one.mkdir("d");
    one.write("d/f", "x");
    settle();
    one.close();
    one.onDisk(
        root -> {
          root.setXattr("d", "user.late", bytes("d"), 0);
          root.setXattr("d/f", "user.late", bytes("f"), 0);
        });
    one.start();
    settle();
    assertThat(two.xattr("d", "user.late")).isEqualTo(bytes("d"));
    assertThat(two.xattr("d/f", "user.late")).isEqualTo(bytes("f"));
  }

  @Test
  void aRestartSendsNothingAgain() throws Exception {
    one.mkdir("d");
    one.setXattr("d", "user.a", bytes("1"));
    one.setXattr("d", ACCESS, LIST);
    one.write("d/f", "x");
    one.setXattr("d/f", "user.a", bytes("1"));
    settle();
    List<Event> before = farm.events();
    one.restart();
    two.restart();
    settle();
    assertThat(farm.events()).isEqualTo(before);
  }

  @Test
  void aHostThatJoinsGetsThemAndSetsItsOwnRight() throws Exception {
    one.write("f", "x");
    one.setXattr("f", "user.a", bytes("log"));
    one.setXattr("f", ACCESS, LIST);
    settle(one);
    Host three = new Host("three", directory, farm.source());
    java.nio.file.Files.writeString(three.root.resolve("f"), "x");
    three.onDisk(root -> root.setXattr("f", "user.b", bytes("stale"), 0));
    try {
      three.start();
      assertSame(one, three);
      assertThat(three.xattr("f", "user.a")).isEqualTo(bytes("log"));
      assertThat(three.xattr("f", "user.b")).isNull();
      assertThat(three.xattr("f", ACCESS)).isEqualTo(LIST);
    } finally {
      three.close();
    }
  }

  @Test
  void theEventSaysWhoByName() throws Exception {
    one.write("f", "x");
    one.setXattr("f", ACCESS, LIST);
    settle();
    Event last = farm.events().get(farm.events().size() - 1);
    assertThat(((Change.Put) last.change()).metadata().xattrs().access().entries())
        .extracting(entry -> entry.name())
        .contains("lp");
  }
}
