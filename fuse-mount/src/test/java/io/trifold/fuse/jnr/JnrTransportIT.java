package io.trifold.fuse.jnr;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.fuse.Caller;
import io.trifold.fuse.Entry;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.MountOptions;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A mount through libfuse")
@Timeout(120)
final class JnrTransportIT {
  @TempDir Path directory;
  private Mounts mount;

  @AfterEach
  void unmount() {
    if (mount != null) {
      mount.close();
    }
  }

  @Nested
  @DisplayName("of a plain directory")
  final class Plain {
    @BeforeEach
    void mount() throws Exception {
      mount = Mounts.over(directory);
    }

    @Test
    @DisplayName("is of type fuse.trifold with the given source")
    void type() throws Exception {
      assertThat(Child.run("grep \" $1 \" /proc/mounts", mount.mountPoint))
          .startsWith("trifold:test " + mount.mountPoint + " fuse.trifold ")
          .contains("default_permissions")
          .contains("allow_other");
      assertThat(mount.session.describe()).startsWith("libfuse 2.9, protocol 7.19");
      assertThat(mount.session.passthrough()).isFalse();
    }

    @Test
    @DisplayName("gives back the bytes that were written")
    void content() throws Exception {
      byte[] bytes = new byte[3_000_001];
      new Random(1).nextBytes(bytes);
      Files.write(mount.path("file"), bytes);
      assertThat(Files.readAllBytes(mount.path("file"))).isEqualTo(bytes);
      assertThat(Files.readAllBytes(mount.below("file"))).isEqualTo(bytes);
      Files.write(mount.path("file"), new byte[] {1, 2, 3});
      assertThat(Files.readAllBytes(mount.below("file"))).containsExactly(1, 2, 3);
    }

    @Test
    @DisplayName("lists each of 10,000 entries once")
    void largeDirectory() throws Exception {
      Files.createDirectory(mount.below("many"));
      List<String> names = IntStream.range(0, 10_000).mapToObj(i -> "entry-" + i).toList();
      for (String name : names) {
        Files.createFile(mount.below("many/" + name));
      }
      try (Stream<Path> list = Files.list(mount.path("many"))) {
        List<String> listed = list.map(p -> p.getFileName().toString()).toList();
        assertThat(listed).hasSize(names.size());
        assertThat(new HashSet<>(listed)).isEqualTo(new HashSet<>(names));
      }
      assertThat(Child.run("find \"$1\" -type f | wc -l", mount.path("many"))).isEqualTo("10000");
    }

    @Test
    @DisplayName("keeps files open whose directory is renamed")
    void renameAboveOpenFile() throws Exception {
      Files.createDirectories(mount.path("old/deep"));
      Files.writeString(mount.path("old/deep/other"), "other");
      try (FileChannel file = FileChannel.open(mount.path("old/deep/file"), CREATE_NEW, WRITE)) {
        file.write(UTF_8.encode("before "));
        Files.move(mount.path("old"), mount.path("new"));
        file.write(UTF_8.encode("after"));
        assertThat(Files.readString(mount.path("new/deep/other"))).isEqualTo("other");
        assertThat(mount.path("old/deep/other")).doesNotExist();
        Files.createDirectories(mount.path("old/deep"));
        assertThat(mount.path("old/deep/other")).doesNotExist();
      }
      assertThat(Files.readString(mount.path("new/deep/file"))).isEqualTo("before after");
    }

    @Test
    @DisplayName("shows one inode under both names of a hard link")
    void hardLink() throws Exception {
      Files.writeString(mount.path("first"), "x");
      Files.createLink(mount.path("second"), mount.path("first"));
      assertThat(Child.run("stat -c '%i %h' \"$1\"", mount.path("first")))
          .isEqualTo(Child.run("stat -c '%i %h' \"$1\"", mount.path("second")))
          .endsWith(" 2");
      Files.delete(mount.path("first"));
      assertThat(Files.readString(mount.path("second"))).isEqualTo("x");
      assertThat(Child.run("stat -c %h \"$1\"", mount.path("second"))).isEqualTo("1");
    }

    @Test
    @DisplayName("keeps extended attributes")
    void xattr() throws Exception {
      Files.createFile(mount.path("file"));
      UserDefinedFileAttributeView view =
          Files.getFileAttributeView(mount.path("file"), UserDefinedFileAttributeView.class);
      view.write("colour", UTF_8.encode("blue"));
      view.write("empty", ByteBuffer.allocate(0));
      assertThat(view.list()).containsExactlyInAnyOrder("colour", "empty");
      ByteBuffer value = ByteBuffer.allocate(view.size("colour"));
      view.read("colour", value);
      assertThat(value.array()).isEqualTo("blue".getBytes(UTF_8));
      view.delete("colour");
      assertThat(view.list()).containsExactly("empty");
      assertThatThrownBy(() -> view.size("colour")).isInstanceOf(FileSystemException.class);
    }

    @Test
    @DisplayName("sets one time without touching the other, to the nanosecond")
    void utimensOmit() throws Exception {
      Files.createFile(mount.path("file"));
      Child.run("touch -d '2001-02-03 04:05:06.123456789Z' \"$1\"", mount.path("file"));
      Child.run("touch -a -d '2010-01-01 00:00:00.000000001Z' \"$1\"", mount.path("file"));
      assertThat(Files.getLastModifiedTime(mount.below("file")))
          .isEqualTo(FileTime.from(Instant.parse("2001-02-03T04:05:06.123456789Z")));
      Child.run("touch -m -d '2020-01-01 00:00:00.5Z' \"$1\"", mount.path("file"));
      assertThat(Child.run("TZ=UTC stat -c '%x|%y' \"$1\"", mount.path("file")))
          .isEqualTo("2010-01-01 00:00:00.000000001 +0000|2020-01-01 00:00:00.500000000 +0000");
    }

    @Test
    @DisplayName("makes files of the caller, with the caller's umask")
    void ownerAndMode() throws Exception {
      Child.run("chmod 777 \"$1\"", mount.mountPoint);
      Child.run(
          """
          cd "$1"
          setpriv --reuid=1234 --regid=2345 --clear-groups bash -ec '
            umask 027
            echo x > file; mkdir dir; mkfifo fifo; ln -s target link'
          """,
          mount.mountPoint);
      assertThat(
              Child.run("cd \"$1\"; stat -c '%u %g %A %n' file dir fifo", mount.mountPoint).lines())
          .containsExactly(
              "1234 2345 -rw-r----- file", "1234 2345 drwxr-x--- dir", "1234 2345 prw-r----- fifo");
      assertThat(Child.run("readlink \"$1\"", mount.path("link"))).isEqualTo("target");
      Child.run("chown 1:2 \"$1\"; chgrp 3 \"$1\"; chmod 4711 \"$1\"", mount.path("file"));
      assertThat(Child.run("stat -c '%u %g %a' \"$1\"", mount.below("file"))).isEqualTo("1 3 4711");
    }

    @Test
    @DisplayName("changes sizes by path and by handle, and allocates space")
    void sizes() throws Exception {
      Files.writeString(mount.path("file"), "0123456789");
      Child.run("truncate -s 4 \"$1\"; fallocate -l 100 \"$1\"", mount.path("file"));
      assertThat(Files.size(mount.below("file"))).isEqualTo(100);
      try (FileChannel file = FileChannel.open(mount.path("file"), READ, WRITE)) {
        file.truncate(2);
        assertThat(file.size()).isEqualTo(2);
        file.force(true);
      }
      assertThat(Files.readString(mount.below("file"))).isEqualTo("01");
      assertThat(Child.run("stat -f -c %T \"$1\"", mount.path("file"))).isEqualTo("fuseblk");
    }

    @Test
    @DisplayName("keeps a file that is open and removed, and shows no trace of it")
    void unlinkWhileOpen() throws Exception {
      String seen =
          Child.run(
              """
              cd "$1"
              exec 3<>file
              printf 0123456789 >&3
              rm file
              ls -A . | wc -l
              stat -L -c '%h %s' /proc/self/fd/3
              truncate -s 4 /proc/self/fd/3
              chmod 600 /proc/self/fd/3
              touch -d @77 /proc/self/fd/3
              printf xy >&3
              stat -L -c '%h %s %a %Y' /proc/self/fd/3
              head -c 4 /proc/self/fd/3
              """,
              mount.mountPoint);
      assertThat(seen.lines().toList().subList(0, 2)).containsExactly("0", "0 10");
      assertThat(seen.lines().skip(2)).first().asString().startsWith("0 12 600 ");
      assertThat(seen).endsWith("0123");
      assertThat(mount.backing).isEmptyDirectory();
    }

    @Test
    @DisplayName("counts the links of an open file that was removed under one of its names")
    void unlinkOneOfTwoNamesWhileOpen() throws Exception {
      assertThat(
              Child.run(
                      """
                      cd "$1"
                      echo x > first
                      ln first second
                      exec 3<first
                      rm first
                      stat -L -c %h /proc/self/fd/3 second
                      """,
                      mount.mountPoint)
                  .lines())
          .containsExactly("1", "1");
    }

    @Test
    @DisplayName("lets the directory of an open, removed file be removed")
    void rmdirAboveUnlinkedOpenFile() throws Exception {
      Files.createDirectory(mount.path("dir"));
      try (FileChannel file = FileChannel.open(mount.path("dir/file"), CREATE_NEW, READ, WRITE)) {
        file.write(UTF_8.encode("kept"));
        Files.delete(mount.path("dir/file"));
        Files.delete(mount.path("dir"));
        ByteBuffer content = ByteBuffer.allocate(4);
        file.read(content, 0);
        assertThat(new String(content.array(), UTF_8)).isEqualTo("kept");
      }
      assertThat(mount.backing).isEmptyDirectory();
    }

    @Test
    @DisplayName("keeps names whose bytes are not UTF-8")
    void foreignNames() throws Exception {
      Child.run(
          """
          cd "$1"
          mkdir $'d\\xff'
          echo one > $'d\\xff/caf\\xe9'
          mv $'d\\xff/caf\\xe9' $'d\\xff/\\xfe'
          ln -s $'\\xfd' link
          test "$(cat $'d\\xff/\\xfe')" = one
          test "$(ls $'d\\xff')" = $'\\xfe'
          test "$(readlink link)" = $'\\xfd'
          cd "$2"
          test "$(cat $'d\\xff/\\xfe')" = one
          test "$(readlink link)" = $'\\xfd'
          """,
          mount.mountPoint,
          mount.backing);
    }

    @Test
    @DisplayName("runs a database and a repository")
    void tools() throws Exception {
      assertThat(
              Child.run(
                  """
                  cd "$1"
                  command -v sqlite3 >/dev/null && command -v git >/dev/null || { echo ok; exit; }
                  sqlite3 db 'create table t (x); insert into t values (1), (2)'
                  test "$(sqlite3 db 'pragma journal_mode=wal; select sum(x) from t' | tail -1)" = 3
                  sqlite3 db 'pragma integrity_check'
                  git init -q repo
                  cd repo
                  for i in $(seq 200); do echo $i > $i; done
                  git add .
                  git -c user.name=n -c user.email=e commit -qm m
                  git fsck >/dev/null 2>&1
                  test -z "$(git status --porcelain)"
                  """,
                  mount.mountPoint))
          .isEqualTo("ok");
    }
  }

  @Nested
  @DisplayName("has locks that")
  final class Locks {
    @BeforeEach
    void mount() throws Exception {
      mount = Mounts.over(directory);
      Files.writeString(mount.path("file"), "0123456789");
    }

    @Test
    @DisplayName("stand between processes, byte range by byte range")
    void posix() throws Exception {
      try (Child holder = Child.lockHolder(mount.path("file"), 0, 5, "try");
          Child second = Child.lockHolder(mount.path("file"), 4, 1, "try");
          Child third = Child.lockHolder(mount.path("file"), 5, 5, "wait")) {
        assertThat(holder.line()).isEqualTo("asking");
        assertThat(second.line()).isEqualTo("asking");
        assertThat(third.line()).isEqualTo("asking");
        assertThat(third.line()).isEqualTo("locked");
        // Whichever of the two came first.
        assertThat(List.of(holder.line(), second.line()))
            .containsExactlyInAnyOrder("locked", "refused");
      }
    }

    @Test
    @DisplayName("are waited for, and pass on when their holder dies")
    void waiting() throws Exception {
      try (Child holder = Child.lockHolder(mount.path("file"), 0, 10, "try")) {
        assertThat(holder.line()).isEqualTo("asking");
        assertThat(holder.line()).isEqualTo("locked");
        try (Child waiting = Child.lockHolder(mount.path("file"), 0, 1, "wait")) {
          assertThat(waiting.line()).isEqualTo("asking");
          assertThat(waiting.silent()).isTrue();
          holder.kill();
          assertThat(waiting.line()).isEqualTo("locked");
        }
      }
    }

    @Test
    @DisplayName("do not keep a process that is killed while it waits")
    void killedWaiter() throws Exception {
      try (Child holder = Child.lockHolder(mount.path("file"), 0, 10, "try")) {
        assertThat(holder.line()).isEqualTo("asking");
        assertThat(holder.line()).isEqualTo("locked");
        try (Child waiting = Child.lockHolder(mount.path("file"), 0, 1, "wait")) {
          assertThat(waiting.line()).isEqualTo("asking");
          waiting.kill();
        }
      }
    }

    @Test
    @DisplayName("flock(1) takes, refuses and waits for")
    void flock() throws Exception {
      try (Child holder =
          Child.bash("exec 9<\"$1\"; flock 9; echo locked; read -r line", mount.path("file"))) {
        assertThat(holder.line()).isEqualTo("locked");
        assertThat(Child.run("flock -n \"$1\" true || echo refused", mount.path("file")))
            .isEqualTo("refused");
        try (Child waiting =
            Child.bash("echo asking; flock \"$1\" echo locked", mount.path("file"))) {
          assertThat(waiting.line()).isEqualTo("asking");
          assertThat(waiting.silent()).isTrue();
          holder.say("go");
          assertThat(waiting.line()).isEqualTo("locked");
        }
      }
    }

    @Test
    @DisplayName("give up their waiters when the mount goes")
    void unmountWithWaiter() throws Exception {
      try (Child holder = Child.lockHolder(mount.path("file"), 0, 10, "try")) {
        assertThat(holder.line()).isEqualTo("asking");
        assertThat(holder.line()).isEqualTo("locked");
        try (Child waiting = Child.lockHolder(mount.path("file"), 0, 1, "wait")) {
          assertThat(waiting.line()).isEqualTo("asking");
          mount.session.close();
          assertThat(mount.mounted()).isFalse();
        }
      }
    }
  }

  @Nested
  @DisplayName("ends")
  final class Ending {
    @BeforeEach
    void mount() throws Exception {
      mount = Mounts.over(directory);
      Files.writeString(mount.path("file"), "content");
    }

    @Test
    @DisplayName("although it is in use, and its users get errors")
    void busy() throws Exception {
      try (Child user =
          Child.bash(
              "cd \"$1\"; exec 3<file; echo ready; read -r x; cat <&3 2>&1; cat file 2>&1; echo",
              mount.mountPoint)) {
        assertThat(user.line()).isEqualTo("ready");
        mount.session.close();
        assertThat(mount.mounted()).isFalse();
        user.say("go");
        assertThat(user.line()).containsAnyOf("not connected", "Software caused", "No such");
      }
    }

    @Test
    @DisplayName("when somebody else unmounts it")
    void fromOutside() throws Exception {
      Child.run("umount \"$1\"", mount.mountPoint);
      mount.session.awaitEnd();
      mount.session.close();
    }

    @Test
    @DisplayName("and leaves no dead mount when its connection is aborted from outside")
    void abortedFromOutside() throws Exception {
      // umount -f of a mount in use aborts, and then fails.
      try (Child user = Child.bash("cd \"$1\"; echo ready; read -r x", mount.mountPoint)) {
        assertThat(user.line()).isEqualTo("ready");
        Child.run("umount -f \"$1\" 2>/dev/null || true", mount.mountPoint);
        mount.session.awaitEnd();
        mount.session.close();
        assertThat(mount.mounted()).isFalse();
      }
    }

    @Test
    @DisplayName("once, however often it is closed")
    void twice() throws Exception {
      mount.session.close();
      mount.session.close();
      mount.session.awaitEnd();
      assertThat(mount.mounted()).isFalse();
    }
  }

  @Test
  @DisplayName("answers EIO where the filesystem fails, and goes on")
  void failingHandler() throws Exception {
    mount =
        Mounts.over(
            directory,
            (root, nanos) ->
                new Loopback(root, nanos) {
                  @Override
                  public Entry lookup(Caller caller, long parent, String name)
                      throws ErrnoException {
                    return switch (name) {
                      case "bad" -> throw new IllegalStateException("a test's own");
                      case "worse" -> throw new StackOverflowError("a test's own");
                      default -> super.lookup(caller, parent, name);
                    };
                  }
                });
    for (String name : List.of("bad", "worse")) {
      assertThatThrownBy(() -> Files.readString(mount.path(name)))
          .hasMessageContaining("Input/output error");
    }
    Files.writeString(mount.path("good"), "x");
    assertThat(Files.readString(mount.path("good"))).isEqualTo("x");
  }

  @Test
  @DisplayName("replaces an open file in one step: its name is never absent")
  void renameOverOpenFile() throws Exception {
    AtomicBoolean unlinked = new AtomicBoolean();
    mount =
        Mounts.over(
            directory,
            (root, nanos) ->
                new Loopback(root, nanos) {
                  @Override
                  public void unlink(Caller caller, long parent, String name)
                      throws ErrnoException {
                    unlinked.set(true);
                    super.unlink(caller, parent, name);
                  }
                });
    assertThat(
            Child.run(
                    """
                    cd "$1"
                    echo old > file
                    echo newer > other
                    exec 3<file
                    mv other file
                    stat -L -c %s /proc/self/fd/3
                    cat <&3
                    cat file
                    ls
                    """,
                    mount.mountPoint)
                .lines())
        .containsExactly("4", "old", "newer", "file");
    assertThat(unlinked).isFalse();
  }

  @Test
  @DisplayName("asks for a name again when it is told that it changed, and not before")
  void invalidatedName() throws Exception {
    AtomicInteger lookups = new AtomicInteger();
    mount =
        Mounts.over(
            directory,
            (root, nanos) ->
                new Loopback(root, nanos) {
                  @Override
                  public Entry lookup(Caller caller, long parent, String name)
                      throws ErrnoException {
                    if (name.equals("file")) {
                      lookups.incrementAndGet();
                    }
                    return super.lookup(caller, parent, name);
                  }
                });
    Files.writeString(mount.below("file"), "x");
    assertThat(mount.path("file")).exists();
    assertThat(mount.path("file")).exists();
    assertThat(lookups).hasValue(1);
    mount.session.kernelCache().invalidateEntry(FuseOperations.ROOT, "file");
    assertThat(mount.path("file")).exists();
    assertThat(lookups).hasValue(2);
  }

  @Test
  @DisplayName("looks a name up again that it knew, if that leads nowhere any more")
  void staleName() throws Exception {
    AtomicInteger opens = new AtomicInteger();
    mount =
        Mounts.over(
            directory,
            (root, nanos) ->
                new Loopback(root, nanos) {
                  @Override
                  public OpenFile open(Caller caller, long node, int flags) throws ErrnoException {
                    if (opens.incrementAndGet() == 1) {
                      throw new ErrnoException(Errno.ENOENT, "a test's own");
                    }
                    return super.open(caller, node, flags);
                  }
                });
    Files.writeString(mount.below("file"), "x");
    assertThat(mount.path("file")).exists();
    assertThat(Files.readString(mount.path("file"))).isEqualTo("x");
    assertThat(opens).hasValue(2);
  }

  @Test
  @DisplayName("never mixes a file with the one that took its place behind the mount")
  void replacedBehindTheMount() throws Exception {
    mount = Mounts.over(directory);
    byte[] before = new byte[300_000];
    byte[] after = new byte[300_000];
    Arrays.fill(before, (byte) 'a');
    Arrays.fill(after, (byte) 'b');
    Files.write(mount.path("file"), before);
    Files.write(mount.below("next"), after);
    try (FileChannel old = FileChannel.open(mount.path("file"), READ)) {
      ByteBuffer piece = ByteBuffer.allocate(1000);
      old.read(piece, 0);
      Files.move(mount.below("next"), mount.below("file"), REPLACE_EXISTING);
      mount.session.kernelCache().invalidateEntry(FuseOperations.ROOT, "file");
      try (FileChannel young = FileChannel.open(mount.path("file"), READ)) {
        assertThat(all(old)).isEqualTo(before);
        assertThat(all(young)).isEqualTo(after);
        assertThat(all(old)).isEqualTo(before);
      }
    }
    assertThat(Files.readAllBytes(mount.path("file"))).isEqualTo(after);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1_000_000, Entry.UNLIMITED})
  @DisplayName("keeps its references right in a storm of changes")
  void storm(long nameNanos) throws Exception {
    mount = Mounts.over(directory, (root, unlimited) -> new Loopback(root, nameNanos));
    Files.createDirectory(mount.below("d0"));
    Files.createDirectory(mount.below("d1"));
    List<String> failures = new CopyOnWriteArrayList<>();
    List<Thread> threads =
        IntStream.range(0, 6)
            .mapToObj(seed -> new Thread(() -> changeAtRandom(new Random(seed), failures)))
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    assertThat(Child.run("cd \"$1\"; find . | sort", mount.mountPoint))
        .isEqualTo(Child.run("cd \"$1\"; find . | sort", mount.backing));
  }

  /**
   * Names are few, so that threads meet; what one has removed under the other may be missing. A
   * name is of a file or of a directory, not of one and then of the other: who looks such a name up
   * just then gets EIO, as libfuse 2.9 may answer with the number of the new one and the kind of
   * the old.
   */
  private void changeAtRandom(Random random, List<String> failures) {
    for (int i = 0; i < 1000; i++) {
      Path file = randomPath(random, "abc");
      Path inner = randomPath(random, "xyz");
      try {
        switch (random.nextInt(9)) {
          case 0 -> Files.writeString(file, "x".repeat(random.nextInt(9000)));
          case 1 -> Files.deleteIfExists(file);
          case 2 -> Files.move(file, randomPath(random, "abc"), REPLACE_EXISTING);
          case 3 -> Files.createDirectory(inner);
          case 4 -> Files.readAllBytes(file);
          case 5 -> {
            try (FileChannel open = FileChannel.open(file, READ)) {
              Files.delete(file);
              open.read(ByteBuffer.allocate(10));
            }
          }
          case 6 -> Files.deleteIfExists(inner);
          case 7 -> Files.move(inner, randomPath(random, "xyz"), REPLACE_EXISTING);
          default -> Files.createLink(randomPath(random, "abc"), file);
        }
      } catch (IOException e) {
        String message = e.toString();
        if (message.contains("Input/output") || message.contains("Stale")) {
          failures.add(message);
        }
      }
    }
  }

  private Path randomPath(Random random, String names) {
    String name = names.substring(random.nextInt(3)).substring(0, 1);
    return mount.path(random.nextBoolean() ? name : "d" + random.nextInt(2) + "/" + name);
  }

  private static byte[] all(FileChannel file) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(300_000);
    while (buffer.hasRemaining() && file.read(buffer, buffer.position()) > 0) {
      // Until it is full.
    }
    return buffer.array();
  }

  @Test
  @DisplayName("refuses a directory that is not there, in one line")
  void missingDirectory() throws Exception {
    Mounts.assumePossible();
    Path missing = directory.resolve("missing");
    try (Loopback filesystem = new Loopback(BackingRoot.open(directory.toString()), 0)) {
      assertThatThrownBy(
              () -> new JnrTransport().mount(filesystem, new MountOptions(missing, "s", false)))
          .isInstanceOf(IOException.class)
          .hasMessage("cannot mount on " + missing + ": not a directory");
    }
  }
}
