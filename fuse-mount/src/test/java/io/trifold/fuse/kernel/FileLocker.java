package io.trifold.fuse.kernel;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A program that takes a POSIX lock on a file, says so, and keeps it until it reads something. */
final class FileLocker {
  private FileLocker() {}

  public static void main(String[] arguments) throws Exception {
    try (FileChannel file = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
      file.lock();
      System.out.println("locked");
      int unused = System.in.read();
    }
  }
}
