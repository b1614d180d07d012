package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.rules.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many callers at once, on few names, with the replica among them. */
class ConcurrencyTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 400;

  /** What may come of another caller having been faster. */
  private static final Set<Integer> LOST_RACES =
      Set.of(
          Errno.ENOENT,
          Errno.EEXIST,
          Errno.ENOTEMPTY,
          Errno.ESTALE,
          Errno.ENOTDIR,
          Errno.EISDIR,
          Errno.EINVAL,
          Errno.EXDEV,
          Errno.EBUSY);

  @TempDir Path directory;

  @Test
  void everyFileIsWholeUnderSomeName() throws Exception {
    try (TreeFixture fixture =
        new TreeFixture(directory, "propagated /pages/\nremote /media/\nremote *.pdf\n")) {
      for (String top : List.of("pages", "media", "plain")) {
        fixture.mkdir(top);
      }
      run(fixture);
      for (String top : List.of("pages", "media", "plain")) {
        check(fixture, top);
      }
      assertThat(temporaries(fixture.application)).isEmpty();
      assertThat(temporaries(fixture.shared)).isEmpty();
    }
  }

  /** Whoever looks at just what it is told of, when it is told, has all that there is. */
  @Test
  void theObserverIsToldOfWhatIsWhereItIs() throws Exception {
    Path application = Files.createDirectories(directory.resolve("application"));
    Path shared = Files.createDirectories(directory.resolve("shared"));
    Mirror mirror = new Mirror(application);
    try (TreeFixture fixture =
        new TreeFixture(application, shared, "propagated /**\nremote /media/\n", mirror)) {
      for (String top : List.of("pages", "media", "plain")) {
        fixture.mkdir(top);
      }
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      try {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          Random random = new Random(i);
          running.add(threads.submit(() -> mover(fixture, random)));
        }
        for (Future<?> each : running) {
          each.get(3, TimeUnit.MINUTES);
        }
      } finally {
        threads.shutdownNow();
      }
      assertThat(mirror.seen).isEqualTo(mirror.look(""));
    }
  }

  /** Renames directories, and what is in them. */
  private static Void mover(TreeFixture fixture, Random random) throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String one = "plain/" + random.nextInt(2) + ".d";
      String other = "pages/" + random.nextInt(2) + ".d";
      String media = "media/" + random.nextInt(3);
      try {
        switch (random.nextInt(6)) {
          case 0 -> fixture.mkdir(one);
          case 1 -> fixture.rename(one, other);
          case 2 -> fixture.rename(other, one);
          case 3 -> fixture.write(one + "/" + random.nextInt(3), "content");
          case 4 -> fixture.rename(one + "/" + random.nextInt(3), media);
          default -> fixture.rename(one + "/" + random.nextInt(3), one + "/" + random.nextInt(3));
        }
      } catch (ErrnoException e) {
        assertThat(LOST_RACES).as(e.getMessage()).contains(e.errno());
      }
    }
    return null;
  }

  /** A copy of names and inodes that follows what it is told. */
  private static final class Mirror implements ChangeObserver {
    private final Path root;
    private final Map<String, Object> seen = new TreeMap<>();

    Mirror(Path root) {
      this.root = root;
    }

    Map<String, Object> look(String path) {
      Map<String, Object> found = new TreeMap<>();
      try (var files = Files.walk(root.resolve(path))) {
        for (Path file : files.filter(each -> !each.equals(root)).toList()) {
          String name = file.getFileName().toString();
          if (!name.startsWith(".trifold~")) {
            found.put(root.relativize(file).toString(), Files.getAttribute(file, "unix:ino"));
          }
        }
      } catch (NoSuchFileException e) {
        return new TreeMap<>();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return found;
    }

    @Override
    public void admit(String path) {}

    @Override
    public synchronized void changed(String path) {
      seen.remove(path);
      Object inode = look(path).get(path);
      if (inode != null) {
        seen.put(path, inode);
      }
    }

    @Override
    public synchronized void changedTree(String path) {
      seen.keySet().removeIf(each -> each.equals(path) || each.startsWith(path + "/"));
      seen.putAll(look(path));
    }

    @Override
    public void persist(String path) {}

    @Override
    public void settle(String path, Options options) {}
  }

  private static void run(TreeFixture fixture) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        long seed = i;
        running.add(threads.submit(() -> caller(fixture, new Random(seed))));
      }
      running.add(threads.submit(() -> replica(fixture)));
      for (Future<?> each : running) {
        each.get(3, TimeUnit.MINUTES);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Void caller(TreeFixture fixture, Random random) throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String path = path(random);
      try {
        switch (random.nextInt(7)) {
          case 0, 1 -> fixture.write(path, "content");
          case 2 -> fixture.rename(path, path(random));
          case 3 -> fixture.unlink(path);
          case 4 -> fixture.mkdir(path + ".d");
          case 5 -> fixture.rename(path + ".d", path(random) + ".d");
          default -> fixture.rmdir(path + ".d");
        }
      } catch (ErrnoException e) {
        assertThat(LOST_RACES).as(e.getMessage()).contains(e.errno());
      }
    }
    return null;
  }

  private static String path(Random random) {
    String top = List.of("pages", "media", "plain").get(random.nextInt(3));
    String below = random.nextInt(3) == 0 ? "/1.d" : "";
    return top + below + "/" + random.nextInt(3) + (random.nextBoolean() ? ".pdf" : "");
  }

  private static Void replica(TreeFixture fixture) throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      String path = "pages/" + i % 3;
      Path staged = fixture.application.resolve(".trifold~staged");
      Files.writeString(staged, "content");
      try {
        fixture.tree.exclusively(
            List.of(path),
            () -> {
              fixture
                  .tree
                  .applicationRoot()
                  .rename(".trifold~staged", fixture.tree.applicationRoot(), path, 0);
              return null;
            });
        fixture.tree.replaced(List.of(path));
      } finally {
        Files.deleteIfExists(staged);
      }
    }
    return null;
  }

  /** What is listed can be found, and has its content; nodes of one path agree with the disk. */
  private static void check(TreeFixture fixture, String path) throws Exception {
    for (String name : fixture.list(path).keySet()) {
      String child = path + "/" + name;
      if (fixture.stat(child).isDirectory()) {
        check(fixture, child);
      } else {
        assertThat(fixture.read(child)).as(child).isIn("content", "");
        assertThat(fixture.list(path).get(name)).isEqualTo(fixture.stat(child).inode());
      }
    }
  }

  private static List<Path> temporaries(Path root) throws Exception {
    try (var files = Files.walk(root)) {
      return files.filter(file -> file.getFileName().toString().startsWith(".trifold~")).toList();
    }
  }
}
