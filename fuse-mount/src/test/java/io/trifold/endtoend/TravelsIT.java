package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.inspect.StatusText;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
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

/** What travels from one mount to another, and what does not. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"kernel", "jnr"})
class TravelsIT {
  private static final String RULES = "propagated /pages/\npropagated /small/ max-size=64K\n";
  private static final int LIMIT = 64 * 1024;
  @Parameter String transport;

  @TempDir Path directory;

  private TwoHosts farm;

  @BeforeEach
  void layOut() throws Exception {
    Requirements.mounts();
    farm = TwoHosts.in(directory, transport, RULES);
    for (Host host : List.of(farm.first(), farm.second())) {
      Files.createDirectories(host.root().resolve("pages"));
      Files.createDirectories(host.root().resolve("small"));
    }
  }

  @AfterEach
  void takeAway() throws Exception {
    if (farm != null) {
      farm.stop();
    }
  }

  private Path one(String path) {
    return farm.first().root().resolve(path);
  }

  private Path two(String path) {
    return farm.second().root().resolve(path);
  }

  private static Stat stat(Path path) throws IOException {
    try (BackingRoot parent = BackingRoot.open(path.getParent().toString())) {
      return parent.stat(path.getFileName().toString());
    } catch (ErrnoException e) {
      throw new IOException(e);
    }
  }

  private static StatusText status(Host host) throws IOException {
    return StatusText.parse(Files.readString(host.root().resolve(".trifold/status")));
  }

  /** Waits until all that the first host did is at the second one, and gives the log's head. */
  private long quiet() throws Exception {
    long[] head = new long[1];
    Eventually.passes(
        () -> {
          for (Host host : List.of(farm.first(), farm.second())) {
            assertThat(status(host).get("pending")).contains("0");
            assertThat(status(host).get("deferred")).contains("0");
          }
          String there = status(farm.second()).get("position").orElseThrow();
          assertThat(status(farm.first()).get("position")).contains(there);
          assertThat(status(farm.first()).get("head")).contains(there);
          head[0] = Long.parseLong(there);
        });
    return head[0];
  }

  @Test
  void whatWasThereBeforeTheMountTravelsAsItIs() throws Exception {
    Files.writeString(one("pages/name"), "one file");
    Files.createLink(one("pages/other name"), one("pages/name"));
    Files.createDirectories(one("pages/empty/in empty"));
    try (RandomAccessFile sparse = new RandomAccessFile(one("pages/sparse").toFile(), "rw")) {
      sparse.setLength(64L << 20);
      sparse.seek(32L << 20);
      sparse.write(new byte[] {1, 2, 3});
    }
    Commands.succeed(List.of("setfacl", "-m", "u:lp:rwx,m:rw", one("pages/name").toString()));
    Commands.succeed(List.of("setfacl", "-d", "-m", "u:lp:rwx", one("pages/empty").toString()));
    Files.write(one("small/large"), new byte[LIMIT + 1]);
    Files.write(one("small/fits"), new byte[LIMIT]);

    farm.mount();
    quiet();

    assertOneFile("one file", "pages/name", "pages/other name");
    assertThat(two("pages/empty/in empty")).isEmptyDirectory();
    assertThat(stat(two("pages/sparse")).size()).isEqualTo(64L << 20);
    assertThat(stat(two("pages/sparse")).blocks()).isLessThan(2048);
    assertThat(Files.mismatch(one("pages/sparse"), two("pages/sparse"))).isEqualTo(-1);
    assertThat(two("small/fits")).hasSize(LIMIT);
    assertThat(two("small/large")).doesNotExist();
    assertThat(status(farm.first()).get("too-large")).contains("1");
    assertThat(status(farm.first()).get("too-large 1"))
        .contains("small/large: 65537 bytes of at most 65536");

    Files.write(one("small/large"), new byte[100]);
    quiet();
    assertThat(two("small/large")).hasSize(100);
    assertThat(status(farm.first()).get("too-large")).contains("0");

    farm.second().unmount();
    assertThat(Commands.succeed(List.of("getfacl", "-cp", two("pages/name").toString())))
        .contains("user:lp:rwx")
        .contains("mask::rw-");
    assertThat(Commands.succeed(List.of("getfacl", "-cp", two("pages/empty").toString())))
        .contains("default:user:lp:rwx");
  }

  @Test
  void whatIsDoneToAFileReachesTheOtherHost() throws Exception {
    farm.mount();
    attributesTravelAlone();
    namesOfOneFileAreOneFile();
    aWriterIsToldWhatIsTooLarge();
    anOpenFileIsSentWhileItChanges();
    whatIsWrittenThroughAMappingIsSent();
    System.gc(); // takes the mapping away, which would keep the mount in use
    lookingSendsNothing();
    namesAreWhatTheirBytesAre();
    everyMixComesOutTheSame();
  }

  private void attributesTravelAlone() throws Exception {
    Files.writeString(one("pages/f"), "content");
    quiet();
    long inode = stat(two("pages/f")).inode();
    Files.setAttribute(one("pages/f"), "user:note", ByteBuffer.wrap(new byte[] {0, -1, 7}));
    try (BackingRoot pages = BackingRoot.open(one("pages").toString())) {
      pages.setXattr("", "user.note", new byte[] {9}, 0);
    }
    Files.setLastModifiedTime(one("pages/f"), FileTime.from(Instant.ofEpochSecond(1_000_000, 5)));
    quiet();
    try (BackingRoot pages = BackingRoot.open(two("pages").toString())) {
      assertThat(pages.getXattr("f", "user.note")).containsExactly(0, -1, 7);
      assertThat(pages.getXattr("", "user.note")).containsExactly(9);
    }
    assertThat(Files.getLastModifiedTime(two("pages/f")).toInstant())
        .isEqualTo(Instant.ofEpochSecond(1_000_000, 5));
    assertThat(stat(two("pages/f")).inode()).isEqualTo(inode);
  }

  private void namesOfOneFileAreOneFile() throws Exception {
    Files.writeString(one("pages/p"), "first");
    quiet();
    assertThat(two("pages/p")).hasContent("first");
    Files.createLink(one("pages/q"), one("pages/p"));
    quiet();
    assertOneFile("first", "pages/p", "pages/q");
    Files.writeString(one("pages/q"), "through the other name");
    quiet();
    assertOneFile("through the other name", "pages/p", "pages/q");
    Files.writeString(two("pages/p"), "on the other host");
    quiet();
    assertOneFile("on the other host", "pages/p", "pages/q");
    Files.setPosixFilePermissions(two("pages/q"), PosixFilePermissions.fromString("r--r-----"));
    Files.createLink(two("pages/r"), two("pages/p"));
    quiet();
    assertOneFile("on the other host", "pages/p", "pages/q", "pages/r");
    assertThat(Files.getPosixFilePermissions(one("pages/p")))
        .isEqualTo(PosixFilePermissions.fromString("r--r-----"));
    Files.delete(one("pages/p"));
    Files.writeString(one("pages/new"), "a file of its own");
    Files.move(one("pages/new"), one("pages/r"), StandardCopyOption.REPLACE_EXISTING);
    quiet();
    assertThat(two("pages/p")).doesNotExist();
    assertOneFile("on the other host", "pages/q");
    assertOneFile("a file of its own", "pages/r");
  }

  /** On both hosts, as who looks through the mount sees it. */
  private void assertOneFile(String content, String... names) throws IOException {
    for (Host host : List.of(farm.first(), farm.second())) {
      long inode = stat(host.root().resolve(names[0])).inode();
      for (String name : names) {
        Path path = host.root().resolve(name);
        assertThat(path).hasContent(content);
        assertThat(stat(path).links()).as(path.toString()).isEqualTo(names.length);
        assertThat(stat(path).inode()).as(path.toString()).isEqualTo(inode);
      }
    }
  }

  private void aWriterIsToldWhatIsTooLarge() throws Exception {
    assertTooLarge(() -> Files.write(one("small/x"), new byte[LIMIT + 1]));
    assertThat(Files.size(one("small/x"))).isLessThanOrEqualTo(LIMIT);
    Files.write(one("small/x"), new byte[LIMIT]);
    assertTooLarge(
        () -> {
          try (RandomAccessFile file = new RandomAccessFile(one("small/x").toFile(), "rw")) {
            file.setLength(LIMIT + 1);
          }
        });
    assertTooLarge(() -> Files.write(one("small/x"), new byte[] {1}, StandardOpenOption.APPEND));
    Files.write(one("pages/large"), new byte[LIMIT + 1]);
    assertTooLarge(() -> Files.move(one("pages/large"), one("small/large")));
    assertTooLarge(() -> Files.createLink(one("small/large"), one("pages/large")));
    quiet();
    assertThat(two("small/x")).hasSize(LIMIT);
  }

  private interface Attempt {
    void run() throws Exception;
  }

  private static void assertTooLarge(Attempt attempt) {
    assertThatThrownBy(attempt::run)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("File too large");
  }

  private void anOpenFileIsSentWhileItChanges() throws Exception {
    try (FileChannel open =
        FileChannel.open(one("pages/open"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (String line : List.of("one\n", "two\n", "three\n")) {
        open.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        Eventually.passes(() -> assertThat(Files.readString(two("pages/open"))).endsWith(line));
      }
    }
  }

  private void whatIsWrittenThroughAMappingIsSent() throws Exception {
    Files.write(one("pages/mapped"), new byte[8192]);
    MappedByteBuffer mapping;
    try (FileChannel channel =
        FileChannel.open(one("pages/mapped"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, 8192);
      mapping.put(0, (byte) 1);
    }
    for (byte value = 2; value < 5; value++) {
      byte written = value;
      mapping.put(0, written);
      if (transport.equals("jnr")) {
        // The daemon hears of it when the kernel writes back what is dirty: not until half a
        // minute.
        Commands.succeed(List.of("sync", "--file-system", one("pages").toString()));
      }
      Eventually.passes(
          () -> assertThat(Files.readAllBytes(two("pages/mapped"))[0]).isEqualTo(written));
    }
  }

  private void lookingSendsNothing() throws Exception {
    Files.write(one("pages/same"), new byte[100_000]);
    long head = quiet();
    assertThat(Files.readAllBytes(one("pages/same"))).hasSize(100_000);
    try (FileChannel channel =
        FileChannel.open(one("pages/same"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      assertThat(channel.size()).isEqualTo(100_000);
    }
    Files.writeString(one("not propagated"), "x");
    Thread.sleep(100);
    assertThat(quiet()).isEqualTo(head);
  }

  private void namesAreWhatTheirBytesAre() throws Exception {
    Files.writeString(one("pages/\u00e9t\u00e9"), "composed");
    Files.writeString(one("pages/e\u0301te\u0301"), "decomposed");
    Files.writeString(one("pages/Readme"), "text");
    quiet();
    Files.move(one("pages/Readme"), one("pages/README"));
    quiet();
    assertThat(two("pages/\u00e9t\u00e9")).hasContent("composed");
    assertThat(two("pages/e\u0301te\u0301")).hasContent("decomposed");
    assertThat(two("pages/README")).hasContent("text");
    assertThat(two("pages/Readme")).doesNotExist();
  }

  private void everyMixComesOutTheSame() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Files.createDirectories(one("pages/mix"));
    for (int step = 0; step < 400; step++) {
      Path name = one("pages/mix/" + random.nextInt(5));
      Path other = one("pages/mix/" + random.nextInt(5));
      try {
        switch (random.nextInt(6)) {
          case 0, 1 -> Files.writeString(name, "step " + step);
          case 2 -> Files.move(name, other, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
          case 3 -> Files.delete(name);
          case 4 -> Files.createDirectory(name);
          default ->
              Files.setPosixFilePermissions(
                  name, PosixFilePermissions.fromString(step % 2 == 0 ? "rwx------" : "rwxr-xr-x"));
        }
      } catch (IOException taken) {
        // The name is missing, or of another kind: as good a step as any.
        assertThat(taken.getMessage()).isNotNull();
      }
    }
    quiet();
    assertThat(tree(two("pages/mix"))).as("seed %d", seed).isEqualTo(tree(one("pages/mix")));
  }

  private static Map<String, String> tree(Path top) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(top)) {
      for (Path path : walk.toList()) {
        String mode =
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
        String content = Files.isDirectory(path) ? "directory" : Files.readString(path);
        tree.put(top.relativize(path).toString(), mode + " " + content);
      }
    }
    return tree;
  }
}
