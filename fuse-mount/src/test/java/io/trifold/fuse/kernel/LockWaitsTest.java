package io.trifold.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LockWaitsTest {
  private static final Sender KERNEL = (answer, length) -> true;

  private record Answered(long unique, int errno) {}

  private final BlockingQueue<Answered> answers = new LinkedBlockingQueue<>();
  private final LockWaits waits =
      new LockWaits(
          node -> Runnable::run,
          (sender, unique, errno) -> answers.add(new Answered(unique, errno)),
          new Failures());

  @AfterEach
  void stop() {
    waits.stop();
  }

  @Test
  void what_is_granted_at_once_is_answered_at_once() {
    waits.await(KERNEL, 1, 7, () -> true);
    assertThat(answers).containsExactly(new Answered(1, 0));
    assertThat(waits.interrupt(1)).isFalse();
  }

  @Test
  void a_lock_is_asked_for_until_it_is_granted() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    waits.await(KERNEL, 1, 7, () -> attempts.incrementAndGet() == 5);
    assertThat(answers.take()).isEqualTo(new Answered(1, 0));
    assertThat(attempts).hasValue(5);
  }

  @Test
  void an_error_ends_the_wait() throws Exception {
    waits.await(
        KERNEL,
        1,
        7,
        () -> {
          throw new ErrnoException(Errno.EBADF, "lock");
        });
    assertThat(answers.take()).isEqualTo(new Answered(1, Errno.EBADF));
  }

  @Test
  void an_exception_is_an_error_and_ends_the_wait() throws Exception {
    waits.await(
        KERNEL,
        1,
        7,
        () -> {
          throw new IllegalStateException("expected");
        });
    assertThat(answers.take()).isEqualTo(new Answered(1, Errno.EIO));
  }

  @Test
  void an_interrupt_ends_the_wait_once() throws Exception {
    waits.await(KERNEL, 1, 7, () -> false);
    assertThat(waits.interrupt(1)).isTrue();
    assertThat(answers.take()).isEqualTo(new Answered(1, Errno.EINTR));
    assertThat(waits.interrupt(1)).isFalse();
    assertThat(answers).isEmpty();
  }

  @Test
  void an_interrupt_during_an_attempt_is_not_lost() throws Exception {
    CountDownLatch asking = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Thread asker =
        new Thread(
            () ->
                waits.await(
                    KERNEL,
                    1,
                    7,
                    () -> {
                      asking.countDown();
                      try {
                        go.await();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      return false;
                    }));
    asker.start();
    asking.await();
    assertThat(waits.interrupt(1)).isTrue();
    assertThat(answers).isEmpty();
    go.countDown();
    assertThat(answers.take()).isEqualTo(new Answered(1, Errno.EINTR));
    asker.join();
  }

  @Test
  void a_lock_that_was_given_back_goes_to_one_who_waits_for_that_node() throws Exception {
    AtomicBoolean free = new AtomicBoolean();
    AtomicInteger others = new AtomicInteger();
    waits.await(KERNEL, 1, 8, () -> others.incrementAndGet() < 0);
    waits.await(KERNEL, 11, 7, () -> free.compareAndSet(true, false));
    waits.await(KERNEL, 12, 7, () -> free.compareAndSet(true, false));
    free.set(true);
    waits.retry(7);
    Answered first = answers.take();
    free.set(true);
    waits.retry(7);
    assertThat(List.of(first, answers.take()))
        .containsExactlyInAnyOrder(new Answered(11, 0), new Answered(12, 0));
    assertThat(answers).isEmpty();
  }
}
