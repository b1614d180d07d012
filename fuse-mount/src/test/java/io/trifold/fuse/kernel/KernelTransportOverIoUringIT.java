package io.trifold.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trifold.fuse.MountOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** All that the kernel transport promises, over io_uring, and what only goes wrong there. */
class KernelTransportOverIoUringIT extends KernelTransportIT {
  @BeforeAll
  static void overRings() {
    assumeTrue(
        Files.exists(Path.of("/sys/module/fuse/parameters/enable_uring"))
            && RingQueues.arePossible(),
        "needs a kernel that speaks FUSE over io_uring");
    LoopbackMount.ioUring = MountOptions.IoUring.ON;
  }

  @AfterAll
  static void overTheDeviceAgain() {
    LoopbackMount.ioUring = MountOptions.IoUring.OFF;
  }

  @Nested
  class Rings {
    @Test
    void the_session_says_that_it_uses_them() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        assertThat(mount.session.describe()).contains("io_uring");
      }
    }

    @Test
    void the_machines_switch_is_as_before() throws Exception {
      Path file = Path.of("/sys/module/fuse/parameters/enable_uring");
      String before = Files.readString(file);
      try (LoopbackMount mount = new LoopbackMount(place)) {
        mount.sh("true");
        assertThat(file).hasContent(before);
      }
    }

    @Test
    void any_number_may_wait_for_a_lock_while_others_are_served() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place)) {
        Process holder = mount.start(": > f; exec 3> f; flock 3; echo held; read go");
        assertThat(holder.inputReader().readLine()).isEqualTo("held");
        List<Process> waiters = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
          waiters.add(mount.start("exec 3< f; flock 3; echo granted"));
        }
        LoopbackMount.eventually(mount.operations, fs -> fs.refusals.get() > 300);
        assertThat(
                mount.sh("seq 1000 > g; wc -l < g; mkdir d; touch $(seq -f d/%g 50); ls d | wc -l"))
            .isEqualTo("1000\n50\n");
        holder.outputWriter().append("go\n").close();
        for (Process waiter : waiters) {
          assertThat(waiter.inputReader().readLine()).isEqualTo("granted");
          assertThat(waiter.waitFor()).isZero();
        }
        assertThat(holder.waitFor()).isZero();
      }
    }

    @Test
    void many_callers_on_all_processors_are_served_at_once() throws Exception {
      try (LoopbackMount mount = new LoopbackMount(place, false, Loopback::new)) {
        List<Process> callers = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
          callers.add(mount.start(fill(i)));
        }
        for (Process caller : callers) {
          assertThat(new String(caller.getInputStream().readAllBytes(), Shell.BYTES))
              .isEqualTo("same\n");
          assertThat(caller.waitFor(2, TimeUnit.MINUTES)).isTrue();
        }
        assertThat(mount.sh("ls | wc -l")).isEqualTo("24\n");
      }
    }

    private String fill(int number) throws IOException {
      Path plain = Files.createDirectories(place.resolve("plain"));
      return """
      mkdir %1$d; for i in 1 2 3 4 5 6 7 8 9 10; do
        head -c 300000 /dev/urandom > %2$s/%1$d; cp %2$s/%1$d %1$d/$i; mv %1$d/$i %1$d/x$i
        cmp %2$s/%1$d %1$d/x$i
      done; rm %1$d/x1; ls %1$d | wc -l | grep -qx 9 && echo same
      """
          .formatted(number, plain);
    }
  }
}
