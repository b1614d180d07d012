package io.trifold.endtoend;

import io.trifold.queue.QueueException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A farm of two hosts in one directory, with one shared storage and the embedded database. Stopping
 * it unmounts both.
 */
record TwoHosts(Path directory, Host first, Host second) {

  /** Lays out the directories; the roots are made unless they are there. */
  static TwoHosts in(Path directory, String transport, String rules)
      throws IOException, InterruptedException, QueueException {
    Files.createDirectories(directory.resolve("shared"));
    PreparedDatabase.in(directory.resolve("state"));
    Files.writeString(directory.resolve("site.rules"), rules);
    return new TwoHosts(
        directory, host("host1", directory, transport), host("host2", directory, transport));
  }

  private static Host host(String name, Path directory, String transport) throws IOException {
    Path root = Files.createDirectories(directory.resolve(name));
    return new Host(name, root, directory, transport);
  }

  Path shared() {
    return directory.resolve("shared");
  }

  Path state() {
    return directory.resolve("state");
  }

  void mount() throws IOException, InterruptedException {
    first.mount();
    second.mount();
  }

  /** Ends the database at once, as in a crash; what was not committed is gone. */
  void stopDatabase() throws IOException, InterruptedException {
    PreparedDatabase.stop(state());
  }

  /** As the next mount on this machine would. */
  void startDatabase() throws QueueException {
    PreparedDatabase.start(state());
  }

  void stop() throws IOException, InterruptedException {
    try {
      for (Host host : List.of(first, second)) {
        host.unmount();
      }
    } finally {
      forceUnmount();
    }
  }

  /** A mount that does not go must not be below the directory that is deleted next. */
  private void forceUnmount() throws IOException, InterruptedException {
    for (Host host : List.of(first, second)) {
      if (host.isMounted()) {
        Commands.succeed(List.of("umount", "-l", host.root().toString()));
      }
    }
  }
}
