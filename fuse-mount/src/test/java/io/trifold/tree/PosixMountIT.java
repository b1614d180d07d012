package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** What a disk does and a filesystem in user space easily does not. */
class PosixMountIT {
  private static final String RULES =
      """
      propagated /pages/
      remote /media/
      log /var/*.log
      """;

  @TempDir Path directory;

  private MountFixture mounted(MountFixture.Way way) throws Exception {
    return new MountFixture(way, directory, RULES);
  }

  /** libfuse knows a directory by its path alone. */
  @ParameterizedTest
  @EnumSource(value = MountFixture.Way.class, names = "JNR", mode = Mode.EXCLUDE)
  void whoIsInARemovedDirectoryCanStillLookAround(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      fixture.assertAlike(
          """
          mkdir -p a/b; cd a/b; rmdir ../b
          stat -c '%h %F' .; stat -c '%h %F' ..
          touch x 2>/dev/null || echo no file
          mkdir y 2>/dev/null || echo no directory
          ls -a; cd ..; ls
          """);
    }
  }

  /** libfuse knows a file by its name alone. */
  @ParameterizedTest
  @EnumSource(value = MountFixture.Way.class, names = "JNR", mode = Mode.EXCLUDE)
  void aFileWithoutANameIsOneThatCanBeGivenOne(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      fixture.assertAlike(
          """
          python3 - <<'EOF'
          import os
          os.mkdir('pages')
          fd = os.open('pages', os.O_TMPFILE | os.O_RDWR, 0o640)
          os.write(fd, b'draft')
          print(os.fstat(fd).st_nlink, oct(os.fstat(fd).st_mode), os.listdir('pages'))
          os.link(f'/proc/self/fd/{fd}', 'pages/page', src_dir_fd=fd, follow_symlinks=True)
          os.write(fd, b' and more')
          print(os.fstat(fd).st_nlink, open('pages/page').read(), os.stat('pages/page').st_ino == os.fstat(fd).st_ino)
          os.close(fd)
          fd = os.open('pages/page', os.O_PATH)
          os.unlink('pages/page')
          print(os.fstat(fd).st_nlink, os.fstat(fd).st_size, open(f'/proc/self/fd/{fd}').read())
          EOF
          """);
    }
  }

  /** The protocol of libfuse 2 has no ACLs: they are kept there, and not enforced. */
  @ParameterizedTest
  @EnumSource(value = MountFixture.Way.class, names = "JNR", mode = Mode.EXCLUDE)
  void aclsAreEnforcedAndInherited(MountFixture.Way way) throws Exception {
    Requirement.tools("setfacl", "setpriv");
    try (MountFixture fixture = mounted(way)) {
      fixture.assertAlike(
          """
          chmod 755 .
          echo secret > f; chmod 640 f
          as() { setpriv --reuid=$1 --regid=$1 --clear-groups "${@:2}" || echo refused; }
          as 4242 cat f 2>/dev/null
          setfacl -m u:4242:r f
          as 4242 cat f; as 4243 cat f 2>/dev/null
          getfacl -c f; ls -l f | cut -c1-11
          mkdir d; setfacl -d -m u:4242:rwx,g::r-x d; umask 077
          touch d/made; mkdir d/sub; getfacl -c d/made d/sub
          umask 027; touch plain; mkdir plain.d; stat -c '%A' plain plain.d
          chmod g-w d/made; getfacl -c d/made
          """);
    }
  }

  /** Nor does the protocol of libfuse 2 know when a file was made. */
  @ParameterizedTest
  @EnumSource(value = MountFixture.Way.class, names = "JNR", mode = Mode.EXCLUDE)
  void whenAFileWasMadeIsKnown(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      MountFixture.sh(fixture.mount, "mkdir d; echo 1 > f; ln -s f l; mknod null c 1 3");
      String all = "for f in d f l null; do stat -c '%n %W %i %s %t %T %A %X %Y %Z' $f; done";

      assertThat(MountFixture.sh(fixture.mount, all))
          .isEqualTo(MountFixture.sh(fixture.below.application, all));
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void directoriesAreReadWhileTheyChange(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      MountFixture.sh(fixture.below.application, "mkdir d; cd d; seq 5000 | xargs touch");
      // ls holds the directory open at half of it while others come and go; none that stays is
      // lost or given twice.
      String seen =
          MountFixture.sh(
              fixture.mount,
              """
              python3 - <<'EOF'
              import os
              names = []
              with os.scandir('d') as entries:
                  for i, entry in enumerate(entries):
                      names.append(entry.name)
                      if i % 50 == 0:
                          open(f'd/new{i}', 'w').close()
                          if os.path.exists(f'd/new{i - 100}'):
                              os.unlink(f'd/new{i - 100}')
              old = [n for n in names if not n.startswith('new')]
              print(len(old), len(set(old)), len(names) == len(set(names)))
              EOF
              """);

      assertThat(seen).isEqualTo("5000 5000 True\n");
      assertThat(MountFixture.sh(fixture.mount, "ls d | wc -l").strip())
          .isEqualTo(MountFixture.sh(fixture.below.application, "ls d | wc -l").strip());
    }
  }

  /** What other hosts do in a directory within one tick of its clock. */
  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void aListingOfSharedStorageIsNeverOld(MountFixture.Way way) throws Exception {
    try (MountFixture fixture =
        new MountFixture(way, directory, "remote /media/ cache=0\nremote *.pdf cache=0\n")) {
      Path media = Files.createDirectory(fixture.mount.resolve("media"));
      for (int i = 0; i < 50; i++) {
        Files.createFile(fixture.below.shared.resolve("media/" + i));
        assertThat(media.toFile().list()).hasSize(i + 1);
        Files.createFile(fixture.below.shared.resolve(i + ".pdf"));
        assertThat(fixture.mount.toFile().list()).contains(i + ".pdf");
        Thread.sleep(i % 10);
      }
    }
  }

  /** The kernel keeps a small file's content from one open to the next. */
  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void aSmallFileIsReadAsItWasLastWritten(MountFixture.Way way) throws Exception {
    try (MountFixture fixture = mounted(way)) {
      fixture.assertAlike(
          """
          python3 - <<'EOF'
          import mmap, os
          for i in range(200):
              with open('f', 'w') as f:
                  f.write(str(i) * 10)
              reader = open('f')
              assert reader.read() == str(i) * 10, i
              with open('f', 'r+b') as f:
                  with mmap.mmap(f.fileno(), 0) as m:
                      m[0:1] = b'X'
                      m.flush()
              reader.seek(0)
              assert reader.read(1) == 'X', i
              late = open('f')
              os.rename('f', 'g')
              os.unlink('g')
              assert late.read() == 'X' + (str(i) * 10)[1:], i
              with open('f', 'a') as f:
                  f.write('tail')
              assert open('f').read() == 'tail', i
              os.truncate('f', 2)
              assert open('f').read() == 'ta', i
          print('alike')
          EOF
          """);
    }
  }
}
