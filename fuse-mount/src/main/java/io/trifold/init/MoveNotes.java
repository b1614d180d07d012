package io.trifold.init;

import io.trifold.rules.FileNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * Which paths a move was about to put on the shared storage: where it was interrupted, the copy
 * there and the file here are the same, and are not taken for a duplicate that somebody made.
 */
final class MoveNotes implements AutoCloseable {
  private final Path file;
  private final Set<String> earlier = new HashSet<>();
  private final OutputStream out;

  private MoveNotes(Path file) throws IOException {
    this.file = file;
    boolean broken = Files.exists(file) && read(Files.readAllBytes(file));
    out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    if (broken) {
      out.write(0);
    }
  }

  static MoveNotes in(Path directory) throws IOException {
    return new MoveNotes(directory.resolve("init.moves"));
  }

  /**
   * Each path is ended by NUL.
   *
   * @return whether the last was not written to its end
   */
  private boolean read(byte[] bytes) {
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    for (byte b : bytes) {
      if (b == 0) {
        earlier.add(FileNames.decode(path.toByteArray()));
        path.reset();
      } else {
        path.write(b);
      }
    }
    return path.size() > 0;
  }

  /** Whether an earlier run had begun to move it. */
  boolean has(String path) {
    return earlier.contains(path);
  }

  void add(String path) throws IOException {
    byte[] name = FileNames.encode(path);
    byte[] line = new byte[name.length + 1];
    System.arraycopy(name, 0, line, 0, name.length);
    out.write(line);
  }

  /** All moves are done: there is nothing to remember. */
  void forget() throws IOException {
    out.close();
    Files.deleteIfExists(file);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
