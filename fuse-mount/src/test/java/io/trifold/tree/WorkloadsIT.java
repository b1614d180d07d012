package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs that try hard to break a filesystem, or that lose data on one that is broken: each in a
 * directory of one side, in one of the other, and in one whose entries belong to both. Each takes a
 * second or a few; {@code -Dworkloads.seconds=60} has them take a minute.
 */
class WorkloadsIT {
  private static final int SECONDS = Integer.getInteger("workloads.seconds", 1);

  /** In {@code mixed} some of a program's files are on the one side and some on the other. */
  private static final String RULES =
      """
      propagated /propagated/
      remote /remote/
      remote /mixed/**/*[02468]
      remote /mixed/**/*.dat
      """;

  private static final List<String> DIRECTORIES = List.of("propagated", "remote", "mixed");

  @TempDir Path directory;

  static Stream<Arguments> everywhere() {
    return Stream.of(MountFixture.Way.PASSTHROUGH, MountFixture.Way.JNR)
        .flatMap(way -> DIRECTORIES.stream().map(name -> Arguments.of(way, name)));
  }

  private void run(MountFixture.Way way, String name, String script) throws Exception {
    // Programs run as other users, too.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (MountFixture fixture = new MountFixture(way, directory, RULES)) {
      Path place = Files.createDirectory(fixture.mount.resolve(name));
      MountFixture.sh(place, "umask 022; seconds=%d%n%s".formatted(SECONDS, script));
    }
  }

  /**
   * All at once. They exit with 3 where something is not there to be stressed, such as an ioctl.
   */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everywhere")
  void stressors(MountFixture.Way way, String name) throws Exception {
    Requirement.tools("stress-ng");
    run(
        way,
        name,
        """
        links=link
        [ "${PWD##*/}" != mixed ] || links= # not between the two sides
        stressors=()
        for stressor in access aiol chdir chmod chown copy-file dentry dir dirdeep dirmany \\
            fallocate fcntl file-ioctl filename flock fpunch fstat getdent hdd iomix $links lockf \\
            lockofd mknod msyncmany open rename seek sendfile symlink sync-file touch utime xattr; do
          stressors+=(--$stressor 1)
        done
        code=0
        stress-ng "${stressors[@]}" -t $((4 * seconds)) --verify --temp-path . >log 2>&1 || code=$?
        if [ $code != 0 ] && [ $code != 3 ]; then cat log; exit 1; fi
        rm log; [ -z "$(ls -A)" ]
        """);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everywhere")
  void dbenchAndBonnie(MountFixture.Way way, String name) throws Exception {
    Requirement.tools("dbench", "bonnie++");
    run(
        way,
        name,
        """
        dbench -D . -t $((2 * seconds)) 4
        bonnie++ -d . -s 16:64k -r 8 -n 0 -f -u root -q
        rm -rf clients; [ -z "$(ls -A)" ]
        """);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everywhere")
  void contentIsVerified(MountFixture.Way way, String name) throws Exception {
    Requirement.tools("fio");
    run(
        way,
        name,
        """
        common="--size=$((4 * seconds))M --verify=crc32c --verify_fatal=1 --numjobs=2 --thread"
        fio --name=buffered $common --bs=4k --rw=randrw --ioengine=psync
        fio --name=mapped $common --bs=4k --rw=randwrite --ioengine=mmap
        fio --name=direct $common --bs=4k --rw=randwrite --ioengine=libaio --direct=1 --iodepth=8
        fio --name=large $common --bs=1m --rw=write --ioengine=psync --fsync=2
        """);
  }

  /** It is killed in the middle, and has to find its accounts balanced. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everywhere")
  void postgres(MountFixture.Way way, String name) throws Exception {
    Requirement.tools("setpriv");
    run(
        way,
        name,
        """
        bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
        export PGHOST=$PWD/db PGUSER=postgres PGDATABASE=postgres
        as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
        start() { as $bin/pg_ctl -D db -o "-k $PWD/db -c listen_addresses=''" -l db/log -w start; }
        mkdir -m 700 db; chown postgres: db
        as $bin/initdb -D db -A trust -U postgres
        start; trap 'as $bin/pg_ctl -D db -m immediate stop || true' EXIT
        as $bin/pgbench -i -s 1; as $bin/pgbench -T $((2 * seconds)) -c 4
        as $bin/pg_ctl -D db -m immediate stop; start
        sums="(select sum(%sbalance) from pgbench_%ss)"
        balanced=$(as $bin/psql -Atc "select $(printf "$sums = $sums and $sums = $sums" \\
            a account t teller t teller b branche)")
        [ "$balanced" = t ]
        as $bin/pg_ctl -D db -m fast stop; trap - EXIT
        rm -rf db; [ -z "$(ls -A)" ]
        """);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everywhere")
  void sqliteWithSeveralWriters(MountFixture.Way way, String name) throws Exception {
    Requirement.tools("sqlite3");
    run(
        way,
        name,
        """
        for mode in delete wal; do
          sqlite3 $mode.db "pragma journal_mode=$mode; create table t (writer, n)"
          for writer in 1 2 3; do
            for n in $(seq $((10 * seconds))); do
              echo ".timeout 60000"; echo "insert into t values ($writer, $n);"
            done | sqlite3 -bail $mode.db &
            writers[writer]=$!
          done
          for writer in 1 2 3; do wait ${writers[writer]}; done
          [ "$(sqlite3 $mode.db 'pragma integrity_check; select count(*) from t')" = \\
              "ok"$'\\n'"$((30 * seconds))" ]
        done
        """);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everywhere")
  void git(MountFixture.Way way, String name) throws Exception {
    Requirement.tools("git");
    run(
        way,
        name,
        """
        export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
        git init -q -b main one; cd one
        for i in $(seq 200); do mkdir -p d$((i % 10)); seq $i > d$((i % 10))/f$i; done
        git add .; git commit -qm first; git gc -q
        git checkout -qb other; git mv d1 d11; seq 999 > d2/f2; git commit -qam second
        git checkout -q main; echo x >> d3/f3; git commit -qam third; git merge -q other -m merge
        cd ..; git clone -q one two; cd two; git fsck --strict --no-progress
        [ -z "$(git status --porcelain)" ]; cd ..; diff -r --exclude=.git one two
        [ -z "$(git -C one status --porcelain)" ]
        """);
  }

  /** Each appends lines of its own: all arrive whole. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everywhere")
  void manyAppendToOneFile(MountFixture.Way way, String name) throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (MountFixture fixture = new MountFixture(way, directory, RULES)) {
      Path place = Files.createDirectory(fixture.mount.resolve(name));
      String lines =
          MountFixture.sh(
              place,
              """
              for w in 1 2 3 4; do
                (for i in $(seq 500); do echo "$w $i the line of a writer" >> all; done) &
              done
              wait
              sort -u all | wc -l; wc -l < all
              """);
      assertThat(lines).isEqualTo("2000\n2000\n");
    }
  }
}
