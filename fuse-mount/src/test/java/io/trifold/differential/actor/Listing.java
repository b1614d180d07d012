package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.util.ArrayList;
import java.util.List;

/** What an open directory lists. */
final class Listing {
  /** Room for a name of 255 bytes, and little more, so that a directory takes several calls. */
  private static final int ROOM = 512;

  private Listing() {}

  /**
   * An entry.
   *
   * @param next where to go on after it
   */
  record Entry(String name, long inode, int type, long next) {
    boolean isDot() {
      return name.equals(".") || name.equals("..");
    }
  }

  static List<Entry> read(int fd, long from) throws ErrnoException {
    Result.of(C.lseek(fd, from, 0));
    List<Entry> entries = new ArrayList<>();
    while (true) {
      byte[] block = Memory.bytes(Result.of(C.getdents64(fd, Memory.BUFFER, ROOM)));
      if (block.length == 0) {
        return entries;
      }
      for (int at = 0; at < block.length; ) {
        int length = Memory.BUFFER.getShort(at + 16L);
        entries.add(
            new Entry(
                name(block, at + 19),
                Memory.BUFFER.getLong(at),
                Memory.BUFFER.getByte(at + 18L),
                Memory.BUFFER.getLong(at + 8L)));
        at += length;
      }
    }
  }

  private static String name(byte[] block, int start) {
    int end = start;
    while (block[end] != 0) {
      end++;
    }
    return Operation.text(java.util.Arrays.copyOfRange(block, start, end));
  }

  static List<Entry> of(byte[] path) throws ErrnoException {
    int fd = (int) Result.of(C.open(path, Posix.O_DIRECTORY, 0));
    try {
      return read(fd, 0);
    } finally {
      C.close(fd);
    }
  }
}
