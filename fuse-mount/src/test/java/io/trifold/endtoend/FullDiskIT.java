package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Disks that are full: of the journal, of the database, of the root; and a journal at its limit.
 */
@ParameterizedClass
@ValueSource(strings = {"kernel", "jnr"})
class FullDiskIT {
  @Parameter String transport;
  @TempDir Path directory;

  private final Random random = new Random(42);
  private final List<Path> disks = new ArrayList<>();
  private TwoHosts hosts;

  @BeforeEach
  void layOut() throws Exception {
    Requirements.mounts();
    hosts = TwoHosts.in(directory, transport, "propagated *\n");
  }

  @AfterEach
  void takeAway() throws Exception {
    hosts.stop();
    for (Path disk : disks) {
      // Where a host's root is on it, it may be gone with the mount.
      if (Files.readString(Path.of("/proc/self/mounts")).contains(" " + disk + " ")) {
        Commands.succeed(List.of("umount", "-l", disk.toString()));
      }
    }
  }

  private Path disk(Path at, String size) throws Exception {
    Files.createDirectories(at);
    Commands.succeed(
        List.of("mount", "-t", "tmpfs", "-o", "mode=755,size=" + size, "small", at.toString()));
    disks.add(at);
    return at;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static void writeDurably(Path file, byte[] content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(content));
      channel.force(true);
    }
  }

  private static Map<String, byte[]> tree(Host host) throws IOException {
    Map<String, byte[]> result = new TreeMap<>();
    try (Stream<Path> names = Files.list(host.root())) {
      for (Path file : names.filter(Files::isRegularFile).toList()) {
        result.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return result;
  }

  private void eventuallyBothHave(Map<String, byte[]> promised) throws Exception {
    Eventually.passes(
        () -> {
          Map<String, byte[]> first = tree(hosts.first());
          Map<String, byte[]> second = tree(hosts.second());
          assertThat(second.keySet()).isEqualTo(first.keySet());
          first.forEach((name, content) -> assertThat(second.get(name)).isEqualTo(content));
          promised.forEach((name, content) -> assertThat(first.get(name)).isEqualTo(content));
        });
  }

  private static String status(Host host) throws IOException {
    return Files.readString(host.root().resolve(".trifold/status"));
  }

  /** The database first of all, which stops, and then the journal, which no longer can say more. */
  @Test
  void whatIsPromisedWhileStateAndDatabaseHaveNoRoomComesWhenTheyHave() throws Exception {
    Path state = disk(hosts.state(), "256m");
    hosts.mount();
    Files.write(hosts.first().root().resolve("before"), bytes(1000));
    eventuallyBothHave(Map.of());

    Path filler = state.resolve("filler");
    assertThatThrownBy(
            () -> {
              try (FileChannel channel =
                  FileChannel.open(
                      filler, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (ByteBuffer block = ByteBuffer.allocate(4096); ; block.clear()) {
                  channel.write(block);
                }
              }
            })
        .hasMessageContaining("space");
    Map<String, byte[]> promised = new TreeMap<>();
    List<String> refused = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      byte[] content = bytes(30_000);
      try {
        writeDurably(hosts.first().root().resolve("f" + i), content);
        promised.put("f" + i, content);
      } catch (IOException e) {
        refused.add(e.getMessage());
      }
    }
    assertThat(refused).as("refused of 200").allMatch(reason -> reason.contains("space"));

    Files.delete(filler);
    hosts.startDatabase();
    eventuallyBothHave(promised);
    byte[] after = bytes(100);
    writeDurably(hosts.second().root().resolve("after"), after);
    eventuallyBothHave(Map.of("after", after));
  }

  @Test
  void whatAHostHasNoRoomForIsParkedVisiblyUntilItHas() throws Exception {
    Path small = disk(directory.resolve("small"), "4m");
    Path root = Files.createDirectories(small.resolve("root"));
    Commands.succeed(List.of("mount", "--bind", root.toString(), hosts.second().root().toString()));
    disks.add(hosts.second().root());
    hosts.mount();
    Map<String, byte[]> written = new TreeMap<>();
    for (int i = 0; i < 12; i++) {
      byte[] content = bytes(700_000);
      writeDurably(hosts.first().root().resolve("f" + i), content);
      written.put("f" + i, content);
    }
    Eventually.passes(
        () -> assertThat(status(hosts.second())).contains("parked").contains("ENOSPC"));
    Commands.succeed(List.of("mount", "-o", "remount,size=64m", small.toString()));
    eventuallyBothHave(written);
  }

  @Test
  void aJournalAtItsLimitRefusesWhatIsNewAndDrains() throws Exception {
    hosts.first().mount("--journal-limit", "20");
    hosts.second().mount();
    hosts.stopDatabase();
    Path root = hosts.first().root();
    Eventually.passes(() -> assertThat(status(hosts.first())).contains("away"));
    Map<String, byte[]> promised = new TreeMap<>();
    IOException full = null;
    for (int i = 0; i < 40 && full == null; i++) {
      byte[] content = bytes(100);
      try {
        writeDurably(root.resolve("f" + i), content);
        promised.put("f" + i, content);
      } catch (IOException e) {
        full = e;
      }
    }
    assertThat(full).hasMessageContaining("space");
    assertThat(promised).hasSizeBetween(10, 20);
    byte[] again = bytes(50);
    Files.write(root.resolve("f0"), again);
    promised.put("f0", again);

    hosts.startDatabase();
    eventuallyBothHave(promised);
    byte[] after = bytes(100);
    Eventually.passes(() -> Files.write(root.resolve("after"), after));
    eventuallyBothHave(Map.of("after", after));
  }
}
