package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Common tools give on the mount what they give on the disk. */
class ToolsIT {
  /** Paths of all bindings; {@code *.bin} makes every directory a merged one. */
  private static final String RULES =
      """
      propagated /work/
      remote *.bin
      """;

  /** A listing of all that a copy should keep: types, modes, owners, times, links, content. */
  private static final String DESCRIBE =
      """
      describe() {
        (cd "$1" && find . -printf '%p %y %m %U %G %T@ %l\\n' | sort)
        (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
      }
      """;

  private static final String SOURCE =
      """
      mkdir -p "$0/deep/er" && cd "$0"
      for i in $(seq 1 60); do echo "text $i" > "deep/file$i.txt"; done
      head -c 3000000 /dev/urandom > deep/er/large.bin
      head -c 70000 /dev/urandom > other.bin
      ln -s deep/file1.txt link; ln -s /nowhere dangling
      ln deep/file2.txt hard.txt
      chmod 640 deep/file3.txt; chmod 4755 deep/file4.txt; chmod 1777 deep
      touch -d '2001-02-03 04:05:06.123456789' deep/file5.txt other.bin deep/er
      chown 1000:1001 deep/file6.txt
      : > 'empty name'; printf x > 'ümläut ☃'
      """;

  @TempDir static Path directory;
  private static Path source;

  @BeforeAll
  static void prepare() throws Exception {
    Requirement.tools("rsync", "git", "sqlite3", "php", "perl", "tar", "getfattr");
    source = directory.resolve("source");
    MountFixture.sh(directory, SOURCE.replace("$0", source.toString()));
  }

  private static void onBoth(MountFixture.Way way, Path home, String script) throws Exception {
    try (MountFixture fixture = new MountFixture(way, home, RULES)) {
      fixture.assertAlike("source=" + source + "\n" + DESCRIBE + script);
    }
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void cpKeepsEverything(MountFixture.Way way, @TempDir Path home) throws Exception {
    onBoth(way, home, "mkdir work; cp -a $source work/copy; describe work/copy; ls work");
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void tarPacksAndUnpacks(MountFixture.Way way, @TempDir Path home) throws Exception {
    onBoth(
        way,
        home,
        """
        tar -C $source -cf - . | (mkdir unpacked; tar -C unpacked -xpf -)
        describe unpacked
        tar --sort=name -C unpacked -cf packed.tar .; tar -tvf packed.tar | sort
        """);
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void rsyncFindsNothingLeftToDo(MountFixture.Way way, @TempDir Path home) throws Exception {
    onBoth(
        way,
        home,
        """
        rsync -a $source/ copy/; describe copy
        rsync -ani --checksum $source/ copy/
        echo changed > copy/deep/file7.txt; rm copy/hard.txt
        rsync -ai --checksum --delete $source/ copy/; describe copy
        """);
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void gitClonesAThousandFiles(MountFixture.Way way, @TempDir Path home) throws Exception {
    MountFixture.sh(
        home,
        """
        mkdir origin && cd origin && git init -q && for i in $(seq 1 1000); do
        mkdir -p d$((i % 20)); echo "content $i" > d$((i % 20))/f$i; done
        git add . && git -c user.name=t -c user.email=t@example.org commit -qm all
        """);
    onBoth(
        way,
        home,
        "git clone -q "
            + home
            + "/origin clone\n"
            + """
            cd clone; git status --porcelain; git fsck 2>&1 | grep -v '^Checking' || true
            find . -path ./.git -prune -o -type f -print | wc -l
            git ls-files -s | sha256sum
            echo more >> d1/f1; git status --porcelain; git stash -q; git status --porcelain
            """);
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void findAndDuCountAlike(MountFixture.Way way, @TempDir Path home) throws Exception {
    onBoth(
        way,
        home,
        """
        cp -a $source tree; find tree -type f | wc -l; find tree -name '*.bin' | sort
        du -s --apparent-size --exclude='er' -b tree/deep/file1.txt tree/other.bin
        find tree -type f -printf '%s %p\\n' | sort; rm -r tree; ls -A
        """);
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void sqliteKeepsItsPromises(MountFixture.Way way, @TempDir Path home) throws Exception {
    onBoth(
        way,
        home,
        """
        for journal in delete wal; do
        sqlite3 $journal.db "pragma journal_mode=$journal; create table t(i integer, s text);"
        for writer in 1 2 3; do
          (for i in $(seq 1 15); do
            sqlite3 -cmd '.timeout 20000' $journal.db "insert into t values($i, 'writer $writer')"
          done) &
        done; wait
        sqlite3 $journal.db "select count(*), sum(i) from t; pragma integrity_check"
        done
        """);
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void phpLocksAndReplaces(MountFixture.Way way, @TempDir Path home) throws Exception {
    Files.writeString(
        home.resolve("page.php"),
        """
        <?php
        for ($i = 0; $i < 50; $i++) {
          $lock = fopen('counter.lock', 'c'); flock($lock, LOCK_EX);
          $n = is_file('counter') ? (int) file_get_contents('counter') : 0;
          $temporary = tempnam(getcwd(), 'tmp'); file_put_contents($temporary, $n + 1);
          rename($temporary, 'counter'); chmod('counter', 0644);
          flock($lock, LOCK_UN); fclose($lock);
        }
        """);
    onBoth(
        way,
        home,
        "for w in 1 2 3 4; do php "
            + home
            + "/page.php & done; wait; cat counter; ls; stat -c '%a %s' counter");
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void perlReadsAndWritesInPlace(MountFixture.Way way, @TempDir Path home) throws Exception {
    onBoth(
        way,
        home,
        """
        seq 1 20000 > numbers; perl -pi -e 's/7/seven/g' numbers; sha256sum < numbers
        perl -e 'open F, "+<", "numbers"; seek F, 10, 0; print F "X"; truncate F, 100; close F;
                 open F, ">>", "numbers"; print F "end"; close F;'
        cat numbers; sort -R numbers | sort -n | tail -3; mv numbers moved.bin; cat moved.bin
        """);
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void mappedFilesAreWrittenBack(MountFixture.Way way, @TempDir Path home) throws Exception {
    onBoth(
        way,
        home,
        """
        head -c 100000 /dev/zero > mapped
        perl -e 'use strict; open my $f, "+<", "mapped"; binmode $f; print "open\\n";'
        dd if=/dev/urandom of=sparse bs=1 count=1 seek=1000000 2>/dev/null
        stat -c %s sparse mapped; fallocate -l 4096 allocated; stat -c %s allocated
        cp sparse copied; cmp sparse copied; cat sparse | wc -c
        """);
  }

  @ParameterizedTest
  @EnumSource(MountFixture.Way.class)
  void virtualFilesCanBeReadByAll(MountFixture.Way way, @TempDir Path home) throws Exception {
    try (MountFixture fixture = new MountFixture(way, home, RULES)) {
      assertThat(MountFixture.sh(fixture.mount, "ls -A; cat .trifold/status; ls .trifold"))
          .isEqualTo("all is well\ncontrol\nstatus\nwait\n");
      assertThat(
              MountFixture.sh(
                  fixture.mount,
                  "wc -c < .trifold/status; cp .trifold/status copy; cat copy; rm copy"))
          .isEqualTo("12\nall is well\n");
      assertThat(
              MountFixture.sh(
                  fixture.mount,
                  "touch f; getfattr --only-values -n user.trifold.binding f; getfattr -d f"))
          .isEqualTo("file f");
    }
  }
}
