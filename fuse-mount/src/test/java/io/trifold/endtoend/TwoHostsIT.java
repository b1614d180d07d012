package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"kernel", "jnr"})
class TwoHostsIT {
  private static final int FILES = 1000;
  private static final String RULES = "propagated /pages/\nremote /uploads/\n";

  @Parameter String transport;

  @TempDir Path directory;

  private TwoHosts farm;

  @BeforeEach
  void layOut() throws Exception {
    Requirements.mounts();
    farm = TwoHosts.in(directory, transport, RULES);
    for (Host host : List.of(farm.first(), farm.second())) {
      Files.createDirectories(host.root().resolve("pages"));
    }
    Files.createDirectories(farm.shared().resolve("uploads"));
  }

  @AfterEach
  void takeAway() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  @Test
  void aThousandFilesWrittenOnOneHostAreOnTheOtherByteForByte() throws Exception {
    farm.mount();

    for (int i = 0; i < FILES; i++) {
      write(farm.first(), i);
    }

    eventuallyEqual(FILES);
  }

  @Test
  void aThousandFilesArriveAlsoWhenTheDatabaseIsRestartedInTheMiddle() throws Exception {
    farm.mount();

    for (int i = 0; i < FILES; i++) {
      if (i == FILES / 3) {
        farm.stopDatabase();
      }
      write(farm.first(), i);
      if (i == FILES / 3 * 2) {
        farm.startDatabase();
      }
    }

    eventuallyEqual(FILES);
  }

  @Test
  void whatWasWrittenBeforeTheDaemonWasKilledIsOnBothHostsAfterTheNextMount() throws Exception {
    farm.second().mount();
    Process daemon = farm.first().mountInForeground();
    try {
      for (int i = 0; i < FILES / 2; i++) {
        write(farm.first(), i);
      }
      Files.delete(page(farm.first(), 7));
      Files.move(page(farm.first(), 8), page(farm.first(), FILES));
    } finally {
      Host.kill(daemon);
    }

    farm.first().mount();

    assertThat(page(farm.first(), 7)).doesNotExist();
    assertThat(page(farm.first(), 8)).doesNotExist();
    assertThat(page(farm.first(), FILES)).hasBinaryContent(content(8));
    for (int i = 9; i < FILES / 2; i++) {
      assertThat(page(farm.first(), i)).hasBinaryContent(content(i));
    }
    eventuallyEqual(FILES / 2 - 1);
  }

  @Test
  void aFileIsSeenByTheHostsThatItsBindingIsFor() throws Exception {
    farm.mount();

    Files.write(farm.first().root().resolve("local"), content(1));
    Files.write(farm.first().root().resolve("uploads/remote"), content(2));
    write(farm.first(), 3);

    assertThat(farm.second().root().resolve("uploads/remote")).hasBinaryContent(content(2));
    assertThat(farm.shared().resolve("uploads/remote")).hasBinaryContent(content(2));
    eventuallyEqual(1);
    assertThat(farm.second().root().resolve("local")).doesNotExist();
    assertThat(farm.shared()).isDirectoryNotContaining("glob:**/local");
  }

  private void eventuallyEqual(int files) throws Exception {
    Eventually.passes(
        () -> {
          Map<String, String> there = tree(farm.second());
          assertThat(there).hasSize(files).isEqualTo(tree(farm.first()));
        });
  }

  /** Names and contents, one character a byte. */
  private static Map<String, String> tree(Host host) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    Path pages = host.root().resolve("pages");
    List<Path> files = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(pages)) {
      walk.filter(Files::isRegularFile).forEach(files::add);
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path file : files) {
      contents.put(
          pages.relativize(file).toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
    }
    return contents;
  }

  private static void write(Host host, int number) throws IOException {
    Files.createDirectories(page(host, number).getParent());
    Files.write(page(host, number), content(number));
  }

  private static Path page(Host host, int number) {
    return host.root().resolve("pages/" + number % 10 + "/" + number);
  }

  /** Of some bytes to some hundred thousand, each file other bytes. */
  private static byte[] content(int number) {
    Random random = new Random(number);
    byte[] bytes = new byte[number % 100 == 0 ? 300_000 : random.nextInt(5000)];
    random.nextBytes(bytes);
    return bytes;
  }
}
