package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.QueueException;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class StagingCrewTest {
  private static final List<Integer> ITEMS = IntStream.range(0, 1000).boxed().toList();

  @Test
  void eachItemIsWorkedOnOnce() throws Exception {
    try (StagingCrew crew = StagingCrew.of(4)) {
      Queue<Integer> done = new ConcurrentLinkedQueue<>();

      crew.forEach(ITEMS, done::add);

      assertThat(done).containsExactlyInAnyOrderElementsOf(ITEMS);
    }
  }

  @Test
  @Timeout(60)
  void itemsAreWorkedOnAtOnce() throws Exception {
    try (StagingCrew crew = StagingCrew.of(4)) {
      CountDownLatch all = new CountDownLatch(4);
      Set<Thread> threads = ConcurrentHashMap.newKeySet();

      crew.forEach(
          List.of(1, 2, 3, 4),
          item -> {
            threads.add(Thread.currentThread());
            all.countDown();
            awaitQuietly(all);
          });

      assertThat(threads).hasSize(4);
    }
  }

  @Test
  void aFailureIsTheCallersAndNobodyIsAtWorkWhenItIsThrown() {
    try (StagingCrew crew = StagingCrew.of(4)) {
      Queue<Integer> done = new ConcurrentLinkedQueue<>();

      assertThatThrownBy(
              () ->
                  crew.forEach(
                      ITEMS,
                      item -> {
                        if (item == 500) {
                          throw new QueueException.Refused("no");
                        }
                        done.add(item);
                      }))
          .isInstanceOf(QueueException.Refused.class)
          .hasMessage("no");
      int then = done.size();

      assertThat(then).isLessThan(ITEMS.size());
      assertThat(done).hasSize(then);
    }
  }

  @Test
  void withoutHelpersTheOrderIsKept() throws Exception {
    Queue<Integer> done = new ConcurrentLinkedQueue<>();

    StagingCrew.none().forEach(ITEMS, done::add);

    assertThat(done).containsExactlyElementsOf(ITEMS);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
