package io.trifold.endtoend;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A program on one host that changes files of its own, and some that all hosts change, and keeps
 * account of what it was promised. An operation that fails may have been done or not.
 */
final class SoakWriter implements Runnable {
  private static final int OWN = 40;
  private static final int SHARED = 10;
  private static final int LARGE = 300_000;
  private static final String NOTHING = "";

  private final String name;
  private final Path root;
  private final Random random;

  /** What may stand in each of this host's own files now. */
  private final Map<String, List<String>> possible = new TreeMap<>();

  private volatile boolean stopping;
  private long serial;
  private int promised;
  private int failed;

  SoakWriter(Host host, long seed) {
    this.name = host.name();
    this.root = host.root();
    this.random = new Random(seed);
  }

  void stop() {
    stopping = true;
  }

  int promised() {
    return promised;
  }

  int failed() {
    return failed;
  }

  /** By path below {@code pages}: the contents that are right; empty text for no file. */
  Map<String, List<String>> possible() {
    return possible;
  }

  @Override
  public void run() {
    while (!stopping) {
      try {
        act();
        Thread.sleep(random.nextInt(20));
      } catch (IOException e) {
        // The daemon is away: what was asked is done or not.
        failed++;
        pause();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void act() throws IOException {
    boolean shared = random.nextInt(4) == 0;
    String path =
        shared
            ? "shared/" + random.nextInt(SHARED)
            : name + "/" + random.nextInt(4) + "/" + random.nextInt(OWN);
    int kind = random.nextInt(10);
    if (kind < 7) {
      write(path, shared, kind < 3);
    } else if (kind < 9) {
      replace(path, shared);
    } else {
      attempt(path, shared, NOTHING);
      Files.deleteIfExists(file(path));
    }
  }

  private Path file(String path) {
    return root.resolve("pages").resolve(path);
  }

  private String content() {
    String text = name + " " + ++serial + "\n";
    return random.nextInt(30) == 0 ? text.repeat(LARGE / text.length()) : text;
  }

  private void attempt(String path, boolean shared, String content) {
    if (!shared) {
      possible.computeIfAbsent(path, p -> new ArrayList<>(List.of(NOTHING))).add(content);
    }
  }

  private void kept(String path, boolean shared, String content) {
    if (!shared) {
      possible.put(path, new ArrayList<>(List.of(content)));
      promised++;
    }
  }

  private void write(String path, boolean shared, boolean durably) throws IOException {
    String content = content();
    attempt(path, shared, content);
    // Truncated, and then the daemon may die.
    attempt(path, shared, NOTHING);
    Files.createDirectories(file(path).getParent());
    try (FileChannel channel =
        FileChannel.open(
            file(path),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.ISO_8859_1));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      if (durably) {
        channel.force(true);
      }
    }
    if (durably) {
      kept(path, shared, content);
    }
  }

  private void replace(String path, boolean shared) throws IOException {
    String content = content();
    Path beside = file(path + ".tmp");
    Files.createDirectories(beside.getParent());
    Files.writeString(beside, content, StandardCharsets.ISO_8859_1);
    attempt(path, shared, content);
    Files.move(
        beside, file(path), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
