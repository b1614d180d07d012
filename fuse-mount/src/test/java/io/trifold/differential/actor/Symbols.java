package io.trifold.differential.actor;

import io.trifold.posix.Posix;
import java.util.HashMap;
import java.util.Map;

/** The names of flags, as C writes them, joined by {@code |}. */
final class Symbols {
  private static final Map<String, Integer> VALUES = new HashMap<>();

  static {
    VALUES.put("0", 0);
    VALUES.put("O_RDONLY", 0);
    VALUES.put("O_WRONLY", 1);
    VALUES.put("O_RDWR", 2);
    VALUES.put("O_CREAT", Posix.O_CREAT);
    VALUES.put("O_EXCL", Posix.O_EXCL);
    VALUES.put("O_TRUNC", Posix.O_TRUNC);
    VALUES.put("O_APPEND", Posix.O_APPEND);
    VALUES.put("O_NONBLOCK", Posix.O_NONBLOCK);
    VALUES.put("O_SYNC", Posix.O_SYNC);
    VALUES.put("O_NOATIME", Posix.O_NOATIME);
    VALUES.put("O_PATH", Posix.O_PATH);
    VALUES.put("O_DIRECTORY", Posix.O_DIRECTORY);
    VALUES.put("O_NOFOLLOW", Posix.O_NOFOLLOW);
    VALUES.put("O_DIRECT", Posix.O_DIRECT);
    VALUES.put("O_TMPFILE", 0x400000 | Posix.O_DIRECTORY);
    VALUES.put("SET", 0);
    VALUES.put("CUR", 1);
    VALUES.put("END", 2);
    VALUES.put("DATA", 3);
    VALUES.put("HOLE", 4);
    VALUES.put("KEEP_SIZE", 1);
    VALUES.put("PUNCH_HOLE", 2);
    VALUES.put("COLLAPSE_RANGE", 8);
    VALUES.put("ZERO_RANGE", 0x10);
    VALUES.put("INSERT_RANGE", 0x20);
    VALUES.put("NOREPLACE", 1);
    VALUES.put("EXCHANGE", 2);
    VALUES.put("WHITEOUT", 4);
    VALUES.put("XATTR_CREATE", 1);
    VALUES.put("XATTR_REPLACE", 2);
    VALUES.put("NOFOLLOW", 0x100);
    VALUES.put("FOLLOW", 0x400);
    VALUES.put("REG", 0100000);
    VALUES.put("FIFO", 0010000);
    VALUES.put("SOCK", 0140000);
    VALUES.put("CHR", 0020000);
    VALUES.put("BLK", 0060000);
    VALUES.put("R", 4);
    VALUES.put("W", 2);
    VALUES.put("X", 1);
  }

  private Symbols() {}

  static int value(String names) {
    int value = 0;
    for (String name : names.split("\\|", -1)) {
      value |= VALUES.get(name);
    }
    return value;
  }
}
