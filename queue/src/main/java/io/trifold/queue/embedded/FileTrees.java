package io.trifold.queue.embedded;

import io.trifold.queue.QueueException.Refused;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** Directories with all that is in them. */
final class FileTrees {
  private FileTrees() {}

  /**
   * Renames a directory so that the new name stands for the whole of it, or for nothing, after a
   * loss of power too.
   */
  static void place(Path beside, Path directory) throws IOException, InterruptedException, Refused {
    Command command = Command.in(directory.getParent());
    command.run(List.of("sync", "-f", beside.toString())).orFail("cannot sync " + beside);
    Files.move(beside, directory, StandardCopyOption.ATOMIC_MOVE);
    command.run(List.of("sync", "-f", directory.toString())).orFail("cannot sync " + directory);
  }

  /** Deletes the directory if it is there. Symbolic links are not followed. */
  static void delete(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
