package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.Change;
import io.trifold.queue.ChunkData;
import io.trifold.queue.FarmLog;
import io.trifold.queue.Membership;
import io.trifold.queue.QueueException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Chunks that are sent while a file is read, and fetched while it is written. */
class StreamedUploadTest {
  private static final int COUNT = 40;

  private final MemoryFarm farm = new MemoryFarm();
  private final ExecutorService helpers = Executors.newCachedThreadPool();
  private FarmLog log;

  @BeforeEach
  void open() throws Exception {
    UUID incarnation = UUID.randomUUID();
    log =
        farm.source()
            .open(new Membership("one", incarnation, UUID.randomUUID(), "auto", "/srv/one"));
  }

  @AfterEach
  void close() {
    farm.faults = MemoryFarm.Faults.NONE;
    helpers.shutdown();
  }

  /** What stands in the buffer when it is taken, which is used again later. */
  private static ChunkData fill(StreamedUpload upload, int value) {
    byte[] buffer = upload.buffer();
    Arrays.fill(buffer, (byte) value);
    return ChunkData.of(buffer);
  }

  private List<Change.Chunk> takeAll(StreamedUpload upload) {
    List<Change.Chunk> chunks = new ArrayList<>();
    for (int i = 1; i <= COUNT; i++) {
      ChunkData data = fill(upload, i);
      chunks.add(data.chunk());
      assertThat(upload.take(data)).isTrue();
    }
    return chunks;
  }

  @Test
  void allIsThereWhenItIsFinishedAndComesBackInOrder() throws Exception {
    List<Change.Chunk> chunks;
    try (StreamedUpload upload = new StreamedUpload(log, helpers, () -> true)) {
      chunks = takeAll(upload);
      upload.finish();
    }
    assertThat(log.missing(chunks.stream().map(Change.Chunk::digest).toList())).isEmpty();
    assertThat(farm.chunks).hasSize(COUNT);

    try (ChunkStream stream =
        new ChunkStream(log, chunks, LocalChunks.of(null, List.of()), helpers)) {
      for (int i = 1; i <= COUNT; i++) {
        assertThat(stream.hasNext()).isTrue();
        assertThat(stream.next()).hasSize(FileContent.CHUNK_LENGTH).containsOnly(i);
      }
      assertThat(stream.hasNext()).isFalse();
    }
  }

  @Test
  void aBufferIsNotUsedAgainBeforeItsGroupHasArrived() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    AtomicInteger held = new AtomicInteger();
    farm.faults =
        (at, what, after) -> {
          if (what.equals("missing") && !after && held.getAndIncrement() == 0) {
            await(gate);
          }
        };
    List<Change.Chunk> chunks = new ArrayList<>();
    try (StreamedUpload upload = new StreamedUpload(log, helpers, () -> true)) {
      // What may be under way and one group more: nobody waits for the one that is held.
      for (int i = 1; i <= 8; i++) {
        ChunkData data = fill(upload, i);
        chunks.add(data.chunk());
        upload.take(data);
      }
      gate.countDown();
      for (int i = 9; i <= COUNT; i++) {
        ChunkData data = fill(upload, i);
        chunks.add(data.chunk());
        upload.take(data);
      }
      upload.finish();
    }
    for (Change.Chunk chunk : chunks) {
      assertThat(ChunkData.of(log.fetch(chunk)).chunk()).isEqualTo(chunk);
    }
  }

  private static void await(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatAGroupMetEndsTheReadingAndIsTold() throws Exception {
    farm.faults =
        (at, what, after) -> {
          if (what.equals("store")) {
            throw MemoryFarm.unreachable();
          }
        };
    try (StreamedUpload upload = new StreamedUpload(log, helpers, () -> true)) {
      int taken = 0;
      while (upload.take(fill(upload, taken + 1)) && taken < COUNT) {
        taken++;
      }
      assertThat(taken).as("read in vain").isLessThan(20);
      assertThatThrownBy(upload::finish).isInstanceOf(QueueException.Unreachable.class);
    }
    assertThat(farm.chunks).isEmpty();
  }

  @Test
  void nothingMoreIsTakenWhenItIsNotWanted() throws Exception {
    try (StreamedUpload upload = new StreamedUpload(log, helpers, () -> false)) {
      assertThat(upload.take(fill(upload, 1))).isFalse();
    }
    assertThat(farm.chunks).isEmpty();
  }

  @Test
  void aHoleIsSentOnce() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    farm.faults =
        (at, what, after) -> {
          if (what.equals("missing") && !after) {
            asked.incrementAndGet();
          }
        };
    try (StreamedUpload upload = new StreamedUpload(log, helpers, () -> true)) {
      for (int i = 0; i < 1000; i++) {
        assertThat(upload.take(Zeros.data())).isTrue();
      }
      upload.finish();
    }
    assertThat(asked).hasValue(1);
    assertThat(farm.chunks).containsOnlyKeys(Zeros.chunk().digest());
  }

  @Test
  void aChunkThatCannotBeHadIsToldAndTheOthersAreNotWaitedForInVain() throws Exception {
    List<Change.Chunk> chunks;
    try (StreamedUpload upload = new StreamedUpload(log, helpers, () -> true)) {
      chunks = takeAll(upload);
      upload.finish();
    }
    farm.chunks.remove(chunks.get(3).digest());
    try (ChunkStream stream =
        new ChunkStream(log, chunks, LocalChunks.of(null, List.of()), helpers)) {
      for (int i = 1; i <= 3; i++) {
        assertThat(stream.next()).containsOnly(i);
      }
      assertThatThrownBy(stream::next).isInstanceOf(QueueException.Corrupt.class);
    }
  }
}
