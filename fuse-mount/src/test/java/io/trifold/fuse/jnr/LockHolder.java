package io.trifold.fuse.jnr;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A process of its own that takes a POSIX lock: {@code FILE START LENGTH try|wait}. It says {@code
 * locked} or {@code refused}, and holds the lock until its input ends.
 */
final class LockHolder {
  private LockHolder() {}

  public static void main(String[] args) throws IOException {
    long start = Long.parseLong(args[1]);
    long length = Long.parseLong(args[2]);
    try (FileChannel file =
        FileChannel.open(Path.of(args[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      System.out.println("asking");
      FileLock lock =
          args[3].equals("try")
              ? file.tryLock(start, length, false)
              : file.lock(start, length, false);
      System.out.println(lock == null ? "refused" : "locked");
      while (System.in.read() >= 0) {
        // Until the end.
      }
    }
  }
}
