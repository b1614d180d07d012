package io.trifold.init;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import java.util.Arrays;
import jnr.ffi.Pointer;

/** Compares what stands at one path below two roots. Of one thread. */
final class SameContent {
  private static final int BUFFER = 256 * 1024;

  private final BackingRoot one;
  private final BackingRoot other;
  private final Pointer memory = Posix.allocate(BUFFER);
  private final byte[] ofOne = new byte[BUFFER];
  private final byte[] ofOther = new byte[BUFFER];

  SameContent(BackingRoot one, BackingRoot other) {
    this.one = one;
    this.other = other;
  }

  /** Whether both are files with the same bytes, or symlinks with the same target. */
  boolean at(String path, Stat here, Stat there) throws ErrnoException {
    if (here.type() != there.type()) {
      return false;
    }
    if (here.isSymlink()) {
      return one.readlink(path).equals(other.readlink(path));
    }
    return here.isRegular() && here.size() == there.size() && sameBytes(path);
  }

  private boolean sameBytes(String path) throws ErrnoException {
    int a = one.openFile(path, Posix.O_RDONLY | Posix.O_NONBLOCK, 0);
    try {
      int b = other.openFile(path, Posix.O_RDONLY | Posix.O_NONBLOCK, 0);
      try {
        return sameBytes(a, b);
      } finally {
        Posix.close(b);
      }
    } finally {
      Posix.close(a);
    }
  }

  private boolean sameBytes(int a, int b) throws ErrnoException {
    long offset = 0;
    while (true) {
      int n = read(a, offset, ofOne);
      int m = read(b, offset, ofOther);
      if (n != m || !Arrays.equals(ofOne, 0, n, ofOther, 0, m)) {
        return false;
      }
      if (n < BUFFER) {
        return true;
      }
      offset += n;
    }
  }

  /** Fills the buffer; less only at the end of the file. */
  private int read(int fd, long offset, byte[] buffer) throws ErrnoException {
    int done = 0;
    while (done < BUFFER) {
      int n = Posix.pread(fd, memory, BUFFER - done, offset + done);
      if (n == 0) {
        break;
      }
      memory.get(0, buffer, done, n);
      done += n;
    }
    return done;
  }
}
