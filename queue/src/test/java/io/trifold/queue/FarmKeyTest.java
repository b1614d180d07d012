package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.QueueException.Refused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FarmKeyTest {
  @TempDir Path directory;

  @Test
  void aNewKeyIsKeptForItsOwnerAlone() throws Exception {
    Path file = directory.resolve("farm/key");
    FarmKey made = FarmKey.loadOrCreate(file);
    assertThat(FarmKey.loadOrCreate(file)).isEqualTo(made);
    assertThat(FarmKey.load(file).id()).isEqualTo(made.id());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(file)).matches("[0-9a-f]{64}\n").doesNotContain(made.id());
    assertThat(file.getParent()).isDirectoryNotContaining("glob:**.new");
  }

  @Test
  void aSignatureIsOfOneKeyAndOneText() throws Exception {
    FarmKey key = FarmKey.loadOrCreate(directory.resolve("one"));
    FarmKey other = FarmKey.loadOrCreate(directory.resolve("other"));
    byte[] text = {1, 2, 3};
    byte[] signature = key.sign(text);
    assertThat(signature).hasSize(32);
    assertThat(key.verify(text, signature)).isTrue();
    assertThat(key.verify(new byte[] {1, 2, 4}, signature)).isFalse();
    assertThat(key.verify(text, new byte[32])).isFalse();
    assertThat(key.verify(text, new byte[0])).isFalse();
    assertThat(other.verify(text, signature)).isFalse();
    assertThat(other.id()).isNotEqualTo(key.id());
  }

  @Test
  void processesThatMakeTheKeyAtOnceGetTheSame() throws Exception {
    Path file = directory.resolve("key");
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      Set<String> ids = new HashSet<>();
      for (Future<FarmKey> made :
          threads.invokeAll(
              IntStream.range(0, 8)
                  .mapToObj(
                      i ->
                          (java.util.concurrent.Callable<FarmKey>) () -> FarmKey.loadOrCreate(file))
                  .toList())) {
        ids.add(made.get().id());
      }
      assertThat(ids).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aKeyThatOthersCanReadIsRefused() throws Exception {
    Path file = directory.resolve("key");
    FarmKey.loadOrCreate(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> FarmKey.load(file))
        .isInstanceOf(Refused.class)
        .hasMessage("the key file " + file + " is open to others: chmod 600 it");
  }

  @Test
  void whatIsNoKeyIsRefused() throws Exception {
    Path file = directory.resolve("key");
    FarmKey.loadOrCreate(file);
    for (String text : new String[] {"", "0011", "z".repeat(64), "00".repeat(33)}) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> FarmKey.load(file))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("not a key of 64 hexadecimal digits");
    }
    assertThatThrownBy(() -> FarmKey.load(directory.resolve("none")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("no such file");
  }

  @Test
  void signsWithANewKeyAndKnowsTheEarlierOnes() throws Exception {
    Path file = directory.resolve("rotated");
    FarmKey before = FarmKey.loadOrCreate(file);
    byte[] text = {1, 2, 3};
    FarmKey after = FarmKey.rotate(file);
    assertThat(after.id()).isNotEqualTo(before.id());
    assertThat(after.ids()).containsExactly(after.id(), before.id());
    assertThat(after.verify(text, before.sign(text), 1000)).isTrue();
    assertThat(before.verify(text, after.sign(text), 1000)).isFalse();
    assertThat(FarmKey.load(file)).isEqualTo(after);
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(after.describe().toString()).doesNotContain(Files.readString(file).substring(0, 20));
  }

  @Test
  void doesNotBelieveARetiredKeyBehindItsTime() throws Exception {
    Path file = directory.resolve("retired");
    FarmKey before = FarmKey.loadOrCreate(file);
    FarmKey.rotate(file);
    FarmKey after = FarmKey.retire(file, 1000);
    byte[] text = {1, 2, 3};
    assertThat(after.verify(text, before.sign(text), 1000)).isTrue();
    assertThat(after.verify(text, before.sign(text), 1001)).isFalse();
    assertThat(after.verify(text, after.sign(text), 1001)).isTrue();
    assertThat(FarmKey.load(file)).isEqualTo(after);
    assertThat(after.describe())
        .containsExactly(after.id() + " signs", before.id() + " is good up to position 1000");
  }
}
