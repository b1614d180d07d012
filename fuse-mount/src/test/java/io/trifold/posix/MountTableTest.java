package io.trifold.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MountTableTest {
  private static final String TEXT =
      """
      22 27 0:21 / /proc rw,relatime - proc proc rw
      40 27 0:40 / /srv/app rw,nosuid shared:3 master:1 - fuse.trifold trifold:web1 rw,user_id=0
      41 27 0:41 / /srv/with\\040blank\\134 rw - fuse.trifold trifold:web2 rw
      42 40 0:42 / /srv/app/inner rw - tmpfs tmpfs rw
      43 27 0:43 / /srv/old rw - fuse.trifold trifold:web3 rw
      44 43 0:44 / /srv/old rw - ext4 /dev/sda1 rw
      45 27 0:45 / /srv/\u00c3\u00a4 rw - fuse.trifold trifold:web4 rw
      46 27 0:46 / /srv/\u00ff rw - fuse.trifold trifold:web5 rw
      47 42 0:47 / /srv/app/inner/most rw - tmpfs tmpfs rw
      torn line
      """;

  private final MountTable table = MountTable.parse(TEXT);

  @Test
  void findsAMountBehindOptionalFields() {
    assertThat(table.trifoldAt(Path.of("/srv/app")))
        .contains(
            new MountTable.Mount(
                40, 27, "0:40", "/", Path.of("/srv/app"), "fuse.trifold", "trifold:web1"));
  }

  @Test
  void undoesTheEscapes() {
    assertThat(table.trifoldAt(Path.of("/srv/with blank\\"))).isPresent();
  }

  @Test
  void readsNamesAsBytes() {
    assertThat(new String("ä".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1))
        .isEqualTo("\u00c3\u00a4");
    assertThat(table.trifoldAt(Path.of("/srv/ä"))).isPresent();
  }

  @Test
  void leavesOutWhatNoPathCanName() {
    assertThat(table.trifolds()).noneMatch(mount -> mount.source().equals("trifold:web5"));
  }

  @Test
  void seesTheUppermostOfSeveralMountsAtOnePlace() {
    assertThat(table.trifoldAt(Path.of("/srv/old"))).isEmpty();
    assertThat(table.at(Path.of("/srv/old"))).map(MountTable.Mount::type).contains("ext4");
  }

  @Test
  void findsTheMountAroundAPath() {
    assertThat(table.around(Path.of("/srv/app/a/b")))
        .map(MountTable.Mount::source)
        .contains("trifold:web1");
    assertThat(table.around(Path.of("/srv/app/inner/b")))
        .map(MountTable.Mount::type)
        .contains("tmpfs");
    assertThat(table.around(Path.of("/srv/application"))).isEmpty();
  }

  @Test
  void findsWhatIsMountedWithinAMount() {
    MountTable.Mount app = table.withId(40).orElseThrow();

    assertThat(table.within(app)).map(MountTable.Mount::id).containsExactly(42L, 47L);
    assertThat(table.within(table.withId(47).orElseThrow())).isEmpty();
  }
}
