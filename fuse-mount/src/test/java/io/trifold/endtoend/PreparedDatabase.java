package io.trifold.endtoend;

import io.trifold.queue.QueueException;
import io.trifold.queue.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An embedded database that is as the first mount makes it, made once and then copied: unpacking
 * and initialising it takes longer than many a test. The first mounts of the tests in package
 * {@code cli} make theirs.
 */
final class PreparedDatabase {
  private static Path prepared;

  private PreparedDatabase() {}

  /** Puts it into a state directory that is not there yet. */
  static void in(Path state) throws IOException, InterruptedException, QueueException {
    Files.createDirectory(state);
    Commands.succeed(List.of("cp", "-a", prepared().toString(), state.resolve("queue").toString()));
  }

  private static synchronized Path prepared()
      throws IOException, InterruptedException, QueueException {
    if (prepared == null) {
      Path state = Files.createTempDirectory("prepared");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(state)));
      EmbeddedPostgres.join(state).close();
      Path queue = state.resolve("queue");
      for (String ofTheServer :
          List.of("port", "log", "start.lock", "server.lock", "clients.lock")) {
        Files.deleteIfExists(queue.resolve(ofTheServer));
      }
      prepared = queue;
    }
    return prepared;
  }

  private static void delete(Path state) {
    try {
      Commands.succeed(List.of("rm", "-r", state.toString()));
    } catch (IOException | InterruptedException e) {
      System.err.println("the prepared database is left in " + state + ": " + e);
    }
  }
}
