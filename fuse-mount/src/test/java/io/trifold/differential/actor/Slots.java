package io.trifold.differential.actor;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The open descriptors, each under a number that the operations call it by. */
final class Slots {
  private final Map<Integer, Integer> descriptors = new TreeMap<>();
  private final Set<Integer> direct = new HashSet<>();
  private final Set<Integer> directories = new HashSet<>();

  /** The descriptor, or one that is never open. */
  int fd(int slot) {
    return descriptors.getOrDefault(slot, -1);
  }

  int fd(Arguments arguments) {
    return fd(arguments.number());
  }

  void put(int slot, int fd, int flags) {
    close(slot);
    descriptors.put(slot, fd);
    if ((flags & Posix.O_DIRECT) != 0) {
      direct.add(fd);
    }
    if (isOfDirectory(fd)) {
      directories.add(fd);
    }
  }

  boolean isDirect(int fd) {
    return direct.contains(fd);
  }

  private static boolean isOfDirectory(int fd) {
    try {
      return Attributes.of(fd).isDirectory();
    } catch (ErrnoException e) {
      return false;
    }
  }

  boolean isDirectory(int fd) {
    return directories.contains(fd);
  }

  int close(int slot) {
    Integer fd = descriptors.remove(slot);
    direct.remove(fd);
    directories.remove(fd);
    return fd == null ? 0 : Native.C.close(fd);
  }

  void closeAll() {
    descriptors.values().forEach(Native.C::close);
    descriptors.clear();
    direct.clear();
    directories.clear();
  }

  Map<Integer, Integer> open() {
    return descriptors;
  }
}
