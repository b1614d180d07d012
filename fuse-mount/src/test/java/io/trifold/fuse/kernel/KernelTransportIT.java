package io.trifold.fuse.kernel;

import static io.trifold.fuse.kernel.LoopbackMount.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.fuse.Caller;
import io.trifold.fuse.Connection;
import io.trifold.fuse.Entry;
import io.trifold.fuse.MountOptions;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@RequiresFuse
@Timeout(120)
class KernelTransportIT {
  private static final String MEGABYTES_8 =
      "head -c 8388608 /dev/urandom > big; cat big > copy; cmp big copy; tail -c 5 big | wc -c";

  @TempDir Path place;

  @Nested
  class Files_and_names {
    @Test
    void what_is_made_below_the_mount_is_below_it() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh("mkdir -p a/b; echo hello > a/b/c; ln -s c a/b/link; ln a/b/c a/hard; mkfifo p");
        assertThat(mount.sh("cat a/b/link")).isEqualTo("hello\n");
        assertThat(mount.sh("stat -c '%F %h' a/hard p a/b"))
            .isEqualTo("regular file 2\nfifo 1\ndirectory 2\n");
        assertThat(mount.backing.resolve("a/b/c")).hasContent("hello\n");
        mount.sh("mv a/b/c a/d; rm a/b/link; rmdir a/b; echo more >> a/d; truncate -s 8 a/d");
        assertThat(mount.sh("ls a; cat a/hard")).isEqualTo("d\nhard\nhello\nmo");
      }
    }

    @Test
    void a_rename_can_refuse_to_replace_and_can_exchange() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh("echo 1 > a; echo 2 > b");
        try (BackingRoot root = BackingRoot.open(mount.point.toString())) {
          assertThatThrownBy(() -> root.rename("a", root, "b", BackingRoot.RENAME_NOREPLACE))
              .isInstanceOf(ErrnoException.class)
              .hasMessageStartingWith("EEXIST");
          assertThat(mount.sh("cat a b")).isEqualTo("1\n2\n");
          root.rename("a", root, "b", BackingRoot.RENAME_EXCHANGE);
          assertThat(mount.sh("cat a b")).isEqualTo("2\n1\n");
        }
      }
    }

    @Test
    void times_modes_and_attributes_are_kept_exactly() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh("echo x > f; chmod 640 f; touch -d '2001-02-03 04:05:06.123456789 UTC' f");
        mount.sh("chown 12:34 f");
        String asked = "TZ=UTC stat -c '%a %u:%g %y %s' ";
        assertThat(mount.sh(asked + "f"))
            .isEqualTo("640 12:34 2001-02-03 04:05:06.123456789 +0000 2\n")
            .isEqualTo(mount.sh(asked + mount.backing.resolve("f")));
      }
    }

    @Test
    void a_directory_of_many_names_is_listed_whole() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh("i=0; while [ $i -lt 3000 ]; do : > name-of-some-length-$i; i=$((i+1)); done");
        assertThat(mount.sh("ls | sort -u | wc -l; ls -l | grep -c name; ls -a | head -2"))
            .isEqualTo("3000\n3000\n.\n..\n");
      }
    }

    @Test
    void names_that_are_not_text_are_kept_byte_for_byte() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh("echo 1 > \"$(printf 'caf\\351')\"; echo 2 > \"$(printf 'caf\\303\\251')\"");
        String names = mount.sh("LC_ALL=C ls -N | od -An -c | tr -d ' \\n'");
        assertThat(names).isEqualTo("caf303251\\ncaf351\\n");
        assertThat(mount.sh("cat \"$(printf 'caf\\351')\"")).isEqualTo("1\n");
        Process below = Shell.start(mount.backing, "cat \"$(printf 'caf\\351')\"");
        assertThat(below.getInputStream().readAllBytes()).isEqualTo("1\n".getBytes(Shell.BYTES));
      }
    }

    @Test
    void extended_attributes_go_through() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        Path file = Files.createFile(mount.path("f"));
        Files.setAttribute(file, "user:colour", "blue".getBytes(Shell.BYTES));
        assertThat(Files.getAttribute(file, "user:colour")).isEqualTo("blue".getBytes(Shell.BYTES));
        assertThat(Files.getAttribute(mount.backing.resolve("f"), "user:colour"))
            .isEqualTo("blue".getBytes(Shell.BYTES));
        assertThatThrownBy(() -> Files.getAttribute(file, "user:none"))
            .isInstanceOf(IOException.class);
      }
    }

    @Test
    void files_belong_to_who_makes_them_and_are_closed_to_others() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh("chmod 755 .. ; chmod 777 .; echo s > secret; chmod 600 secret");
        mount.sh("setpriv --reuid 1234 --regid 1235 --clear-groups sh -c ': > f; mkdir d'");
        assertThat(mount.sh("stat -c %u:%g f d")).isEqualTo("1234:1235\n1234:1235\n");
        assertThat(mount.sh("setpriv --reuid 1234 --clear-groups cat secret || echo no"))
            .contains("Permission denied");
      }
    }

    @Test
    void sparse_files_and_reservations_are_the_filesystems_below() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh("truncate -s 1M f; printf x | dd of=f bs=1 seek=600000 conv=notrunc status=none");
        mount.sh("cp --sparse=always f g; cmp f g; fallocate -l 2M h");
        assertThat(mount.sh("stat -c %s g h; [ $(stat -c %b g) -lt 1000 ] && echo sparse"))
            .isEqualTo("1048576\n2097152\nsparse\n");
      }
    }

    @Test
    void a_file_that_was_unlinked_while_open_is_still_a_file() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        assertThat(mount.sh("echo gone > f; exec 3< f; rm f; cat <&3; stat -L -c %s /dev/fd/3"))
            .isEqualTo("gone\n5\n");
      }
    }
  }

  @Nested
  class Data_path {
    @Test
    void in_passthrough_the_daemon_sees_no_read_and_no_write() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        assertThat(mount.session.passthrough()).isTrue();
        mount.sh(MEGABYTES_8);
        assertThat(mount.operations.reads).hasValue(0);
        assertThat(mount.operations.writes).hasValue(0);
        assertThat(mount.backing.resolve("copy")).hasSameBinaryContentAs(mount.path("big"));
      }
    }

    @Test
    void without_passthrough_the_daemon_reads_and_writes() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place, false, Loopback::new)) {
        assertThat(mount.session.passthrough()).isFalse();
        mount.sh(MEGABYTES_8);
        assertThat(mount.operations.reads).hasPositiveValue();
        assertThat(mount.backing.resolve("copy")).hasSameBinaryContentAs(mount.path("big"));
        mount.operations.writes.set(0);
        mount.sh("dd if=/dev/zero of=zeros bs=1M count=8 status=none");
        assertThat(mount.operations.writes).as("a mebibyte at a time").hasValue(8);
      }
    }

    @Test
    void a_node_can_be_open_in_passthrough_and_direct_at_once() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place, true, DirectOnDemand::new)) {
        DirectOnDemand operations = (DirectOnDemand) mount.operations;
        mount.sh("echo first > f");
        operations.direct = false;
        Process reader = mount.start("exec 3< f; read line <&3; echo open; read go; cat <&3");
        assertThat(reader.inputReader().readLine()).isEqualTo("open");
        operations.direct = true;
        mount.sh("echo second >> f; cat f");
        assertThat(mount.operations.writes).hasPositiveValue();
        reader.outputWriter().append("go\n").close();
        assertThat(reader.inputReader().readLine()).isEqualTo("second");

        // And the other way around.
        Process direct = mount.start("exec 3< f; echo open; read go; cat <&3");
        assertThat(direct.inputReader().readLine()).isEqualTo("open");
        operations.direct = false;
        assertThat(mount.sh("cat f")).isEqualTo("first\nsecond\n");
        direct.outputWriter().append("go\n").close();
        assertThat(direct.inputReader().readLine()).isEqualTo("first");
      }
    }

    @Test
    void a_write_takes_the_set_id_bits_from_a_file() throws Exception {
      for (boolean passthrough : new boolean[] {true, false}) {
        Path own = Files.createDirectory(place.resolve("passthrough-" + passthrough));
        try (LoopbackMount mount = new LoopbackMount(own, passthrough, Loopback::new)) {
          mount.sh("chmod 755 ../.. .. .; echo x > f; chmod 6777 f");
          mount.sh("setpriv --reuid 1234 --clear-groups sh -c 'echo y >> f'");
          assertThat(mount.sh("stat -c %a f; cat f")).isEqualTo("777\nx\ny\n");
          mount.sh("chmod 6777 f; setpriv --reuid 1234 --clear-groups truncate -s 1 f");
          assertThat(mount.sh("stat -c %a f")).isEqualTo("777\n");
        }
      }
    }

    /** Opens with or without the kernel's cache, as it is told. */
    private static final class DirectOnDemand extends Loopback {
      volatile boolean direct;

      DirectOnDemand(Path directory) throws ErrnoException {
        super(directory);
      }

      @Override
      public OpenFile open(Caller caller, long node, int flags) throws ErrnoException {
        var file = super.open(caller, node, flags);
        return new OpenFile(
            file.handle(),
            file.backing(),
            file.mode(),
            direct ? OpenFile.Caching.NONE : OpenFile.Caching.WHILE_OPEN);
      }
    }
  }

  @Nested
  class Locks {
    @Test
    void a_flock_excludes_and_who_waits_gets_it_next() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        Process holder = mount.start(": > f; exec 3> f; flock 3; echo held; read go; echo bye");
        assertThat(holder.inputReader().readLine()).isEqualTo("held");
        assertThat(mount.sh("flock -n f true || echo busy")).isEqualTo("busy\n");
        Process waiter = mount.start("flock f echo granted");
        holder.outputWriter().append("go\n").close();
        assertThat(waiter.inputReader().readLine()).isEqualTo("granted");
        assertThat(holder.waitFor()).isZero();
        assertThat(waiter.waitFor()).isZero();
      }
    }

    @Test
    void a_wait_for_a_flock_can_be_interrupted() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        Process holder = mount.start(": > f; exec 3> f; flock 3; echo held; read go");
        assertThat(holder.inputReader().readLine()).isEqualTo("held");
        Process waiter = mount.start("exec 3< f; echo trying; exec flock 3");
        assertThat(waiter.inputReader().readLine()).isEqualTo("trying");
        eventually(mount.operations, operations -> operations.refusals.get() > 1);
        waiter.destroy();
        assertThat(waiter.waitFor()).as("ended by SIGTERM").isEqualTo(143);
        assertThat(holder.isAlive()).isTrue();
        holder.outputWriter().append("go\n").close();
        assertThat(holder.waitFor()).isZero();
        assertThat(mount.sh("flock -n f echo free")).isEqualTo("free\n");
      }
    }

    @Test
    void a_posix_lock_excludes_other_processes_and_ends_with_its_holder() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh(": > f");
        Process holder = locker(mount, "f");
        assertThat(holder.inputReader().readLine()).isEqualTo("locked");
        Process waiter = locker(mount, "f");
        eventually(mount.operations, operations -> operations.refusals.get() > 1);
        holder.destroyForcibly().waitFor();
        assertThat(waiter.inputReader().readLine()).isEqualTo("locked");
        waiter.outputWriter().append("go\n").close();
        assertThat(waiter.waitFor()).isZero();
      }
    }

    @Test
    void a_killed_wait_for_a_posix_lock_leaves_nothing_behind() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh(": > f");
        Process holder = locker(mount, "f");
        assertThat(holder.inputReader().readLine()).isEqualTo("locked");
        Process waiter = locker(mount, "f");
        eventually(mount.operations, operations -> operations.refusals.get() > 1);
        assertThat(waiter.destroyForcibly().waitFor()).isEqualTo(137);
        holder.outputWriter().append("go\n").close();
        assertThat(holder.waitFor()).isZero();
        Process next = locker(mount, "f");
        assertThat(next.inputReader().readLine()).isEqualTo("locked");
        next.outputWriter().append("go\n").close();
        assertThat(next.waitFor()).isZero();
      }
    }

    private static Process locker(LoopbackMount mount, String file) throws IOException {
      return new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xshare:auto",
              "-XX:TieredStopAtLevel=1",
              "-cp",
              System.getProperty("java.class.path"),
              FileLocker.class.getName(),
              mount.path(file).toString())
          .redirectErrorStream(true)
          .start();
    }
  }

  @Nested
  class Invalidation {
    @Test
    void a_file_that_was_replaced_below_is_seen_once_the_kernel_is_told() throws Exception {
      for (boolean passthrough : new boolean[] {true, false}) {
        Path own = Files.createDirectory(place.resolve("passthrough-" + passthrough));
        try (LoopbackMount mount = new LoopbackMount(own, passthrough, Loopback::new)) {
          mount.sh("echo old > f; cat f; [ ! -e g ]");
          Files.writeString(mount.backing.resolve("new"), "replaced\n");
          Files.move(
              mount.backing.resolve("new"),
              mount.backing.resolve("f"),
              StandardCopyOption.ATOMIC_MOVE);
          Files.writeString(mount.backing.resolve("g"), "appeared\n");
          assertThat(mount.sh("stat -c %s f; [ ! -e g ]")).as("still cached").isEqualTo("4\n");
          mount.session.kernelCache().invalidateEntry(1, "f");
          mount.session.kernelCache().invalidateEntry(1, "g");
          assertThat(mount.sh("cat f g")).isEqualTo("replaced\nappeared\n");
          Files.delete(mount.backing.resolve("g"));
          mount.session.kernelCache().invalidateEntry(1, "g");
          mount.sh("[ ! -e g ]");
        }
      }
    }

    @Test
    void content_that_was_changed_below_is_seen_once_the_kernel_is_told() throws Exception {
      for (boolean passthrough : new boolean[] {true, false}) {
        Path own = Files.createDirectory(place.resolve("passthrough-" + passthrough));
        try (LoopbackMount mount = new LoopbackMount(own, passthrough, Loopback::new)) {
          mount.sh("printf 0123456789 > f");
          Process open =
              mount.start("exec 3< f; head -c 2 <&3; echo; read go; cat <&3; stat -L -c ' %s' f");
          assertThat(open.inputReader().readLine()).isEqualTo("01");
          Files.writeString(mount.backing.resolve("f"), "abcdefghijklm");
          mount.session.kernelCache().invalidateNode(mount.operations.nodeOf("f"));
          open.outputWriter().append("go\n").close();
          assertThat(open.inputReader().readLine()).isEqualTo("cdefghijklm 13");
        }
      }
    }

    @Test
    void a_notice_about_what_the_kernel_does_not_know_is_ignored() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh(": > f");
        mount.session.kernelCache().invalidateNode(4711);
        mount.session.kernelCache().invalidateEntry(4711, "x");
        mount.session.kernelCache().invalidateEntry(1, "never-seen");
        mount.session.kernelCache().invalidateEntry(mount.operations.nodeOf("f"), "x");
        mount.session.kernelCache().invalidateEntry(1, "x".repeat(2000));
        mount.sh("cat f");
      }
    }

    @Test
    void notices_after_the_end_do_nothing() throws Exception {
      LoopbackMount mount = new LoopbackMount(place);
      mount.close();
      mount.session.kernelCache().invalidateNode(1);
      mount.session.kernelCache().invalidateEntry(1, "x");
    }
  }

  @Nested
  class Life {
    @Test
    void every_reference_is_given_back() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh("mkdir -p a/b/c; i=0; while [ $i -lt 200 ]; do : > a/b/$i; i=$((i+1)); done");
        mount.sh(
            "ln -s x a/l; ln a/b/1 a/h; mknod a/n c 1 3; ls -lR > /dev/null; ls -lR a | wc -l");
        assertThat(mount.operations.references()).isGreaterThan(200);
        mount.sh("rm -r a");
        eventually(mount.operations, operations -> operations.references() == 0);
        eventually(mount.operations, operations -> operations.openFiles() == 0);
      }
    }

    @Test
    void who_unmounts_from_outside_ends_the_session() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh("echo x > f");
        Process umount = Shell.start(place, "umount " + mount.point);
        assertThat(umount.waitFor()).isZero();
        mount.session.awaitEnd();
        mount.session.close();
        assertThat(mount.point).isEmptyDirectory();
      }
    }

    @Test
    void a_mount_in_use_is_detached_and_its_users_get_errors() throws Exception {
      LoopbackMount mount = new LoopbackMount(place);
      mount.sh("echo x > f");
      Process user = mount.start("exec 3< f; echo open; read go; cat f || echo error; ls . || :");
      assertThat(user.inputReader().readLine()).isEqualTo("open");
      mount.close();
      mount.session.awaitEnd();
      assertThat(mount.point).isEmptyDirectory();
      user.outputWriter().append("go\n").close();
      assertThat(new String(user.getInputStream().readAllBytes(), Shell.BYTES)).contains("error");
      assertThreadsEnd();
    }

    @Test
    void a_request_that_hangs_does_not_stop_an_unmount_in_use() throws Exception {
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch there = new CountDownLatch(1);
      LoopbackMount mount =
          new LoopbackMount(
              place,
              true,
              backing ->
                  new Loopback(backing) {
                    @Override
                    public boolean mayBlock(long node) {
                      return node == ROOT;
                    }

                    @Override
                    public Entry lookup(Caller caller, long parent, String name)
                        throws ErrnoException {
                      if (name.equals("hang")) {
                        there.countDown();
                        await(go);
                      }
                      return super.lookup(caller, parent, name);
                    }
                  });
      try {
        mount.sh("echo served > f; mkdir d");
        Process user = mount.start("cat hang || :");
        there.await();
        assertThat(mount.sh("cat f; echo too > d/g; cat d/g")).isEqualTo("served\ntoo\n");
        mount.close();
        assertThat(mount.point).isEmptyDirectory();
        assertThat(new String(user.getInputStream().readAllBytes(), Shell.BYTES))
            .startsWith("cat: hang:");
      } finally {
        go.countDown();
      }
    }

    @Test
    void requests_that_hang_do_not_stop_others_however_many() throws Exception {
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch there = new CountDownLatch(100);
      try (LoopbackMount mount =
          new LoopbackMount(
              place,
              false,
              backing ->
                  new Loopback(backing) {
                    @Override
                    public boolean mayBlock(long node) {
                      return node != ROOT;
                    }

                    @Override
                    public Entry lookup(Caller caller, long parent, String name)
                        throws ErrnoException {
                      if (parent != ROOT) {
                        there.countDown();
                        await(go);
                      }
                      return super.lookup(caller, parent, name);
                    }
                  })) {
        try {
          mount.sh("mkdir slow");
          Process users =
              mount.start("for i in $(seq 20); do cat slow/$i 2> /dev/null & done; wait");
          eventually(there, latch -> latch.getCount() <= 80);
          assertThat(mount.sh("mkdir d; ls -d d")).isEqualTo("d\n");
          go.countDown();
          users.waitFor();
          assertThat(mount.sh("echo through another thread > slow/f; cat slow/f"))
              .isEqualTo("through another thread\n");
        } finally {
          go.countDown();
        }
      }
    }

    @Test
    void an_operation_that_throws_is_an_error_for_its_caller_only() throws Exception {
      try (LoopbackMount mount =
          new LoopbackMount(
              place,
              true,
              backing ->
                  new Loopback(backing) {
                    @Override
                    public Entry mkdir(Caller caller, long parent, String name, int mode, int umask)
                        throws ErrnoException {
                      if (name.equals("error")) {
                        throw new StackOverflowError("deep");
                      }
                      throw new IllegalStateException("of " + name);
                    }
                  })) {
        assertThat(mount.sh("mkdir a || mkdir b || mkdir error || echo x > f; cat f"))
            .contains("Input/output error")
            .endsWith("x\n");
      }
    }

    @Test
    void two_mounts_live_side_by_side() throws Exception {
      try (LoopbackMount one = new LoopbackMount(Files.createDirectory(place.resolve("1")))) {
        try (LoopbackMount two = new LoopbackMount(Files.createDirectory(place.resolve("2")))) {
          one.sh("echo 1 > f");
          two.sh("echo 2 > f; cp f ../../1/mount/g");
          assertThat(one.sh("cat f g")).isEqualTo("1\n2\n");
        }
        assertThat(one.sh("cat f g")).isEqualTo("1\n2\n");
      }
      assertThreadsEnd();
    }

    /** The kernel gives the number of a mount that is gone to the next one. */
    @Test
    void cutting_off_a_mount_that_is_gone_leaves_the_next_one_alone() throws Exception {
      Connection gone;
      Object device;
      try (LoopbackMount one = new LoopbackMount(Files.createDirectory(place.resolve("1")))) {
        device = Files.getAttribute(one.point, "unix:dev");
        gone = Connection.of(minor(device));
      }
      try (gone;
          LoopbackMount two = new LoopbackMount(Files.createDirectory(place.resolve("2")))) {
        gone.abort();
        assertThat(two.sh("echo 2 > f; cat f")).isEqualTo("2\n");
      }
    }

    @Test
    void cutting_off_a_mount_ends_its_service() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place);
          Connection connection =
              Connection.of(minor(Files.getAttribute(mount.point, "unix:dev")))) {
        connection.abort();
        mount.session.awaitEnd();
      }
    }

    private static long minor(Object device) {
      long number = (Long) device;
      return (number & 0xff) | (number >>> 12 & 0xfff00);
    }

    @Test
    void it_can_be_mounted_over_its_own_backing_directory() throws Exception {
      Path directory = Files.createDirectory(place.resolve("self"));
      Files.writeString(directory.resolve("f"), "below\n");
      try (Loopback operations = new Loopback(directory);
          var session =
              new KernelTransport()
                  .mount(operations, new MountOptions(directory, "trifold:self", false))) {
        Process user =
            Shell.start(directory, "cat f; echo more > g; df --output=source . | tail -1");
        assertThat(new String(user.getInputStream().readAllBytes(), Shell.BYTES))
            .isEqualTo("below\ntrifold:self\n");
        assertThat(session.describe()).startsWith("FUSE 7.");
      }
      assertThat(directory.resolve("g")).hasContent("more\n");
    }

    /** Each that ends has served a thousand requests, so there cannot be more. */
    @Test
    void requests_of_several_processes_need_few_threads() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        List<Process> writers = new ArrayList<>();
        for (String name : List.of("a", "b", "c", "d")) {
          String each = "i=0; while [ $i -lt 2000 ]; do : > %s$i; i=$((i+1)); done";
          writers.add(mount.start(each.formatted(name)));
        }
        for (Process writer : writers) {
          assertThat(writer.waitFor()).isZero();
        }
        assertThat(threads())
            .allSatisfy(
                name ->
                    assertThat(Integer.parseInt(name.substring(name.lastIndexOf('-') + 1)))
                        .isLessThan(64));
      }
    }

    @Test
    void closing_twice_is_closing_once() throws Exception {
      LoopbackMount mount = new LoopbackMount(place);
      mount.close();
      mount.session.close();
      mount.session.awaitEnd();
      assertThreadsEnd();
    }

    @Test
    void what_cannot_be_mounted_over_is_named() throws Exception {
      Path file = Files.createFile(place.resolve("file"));
      Files.createDirectory(place.resolve("backing"));
      try (Loopback operations = new Loopback(place.resolve("backing"))) {
        assertThatThrownBy(
                () -> new KernelTransport().mount(operations, new MountOptions(file, "x", true)))
            .isInstanceOf(IOException.class)
            .hasMessage(file + ": not a directory, nothing can be mounted there");
        Path none = place.resolve("none");
        assertThatThrownBy(
                () -> new KernelTransport().mount(operations, new MountOptions(none, "x", true)))
            .isInstanceOf(IOException.class)
            .hasMessage(none + ": no such directory");
      }
    }

    private static void await(CountDownLatch latch) {
      boolean done = false;
      while (!done) {
        try {
          latch.await();
          done = true;
        } catch (InterruptedException e) {
          // As storage that hangs: nothing stops it.
        }
      }
    }

    /** The last one tells of the session's end, and then ends itself. */
    private static void assertThreadsEnd() throws InterruptedException {
      for (int look = 0; look < 1000 && !threads().isEmpty(); look++) {
        Thread.sleep(10);
      }
      assertThat(threads()).isEmpty();
    }

    /** Threads of mounts, apart from those that end by themselves when they are idle. */
    private static List<String> threads() {
      return Thread.getAllStackTraces().keySet().stream()
          .map(Thread::getName)
          .filter(name -> name.startsWith("fuse-worker") || name.startsWith("fuse-locks"))
          .toList();
    }
  }
}
