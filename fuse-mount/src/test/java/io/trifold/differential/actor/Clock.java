package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes it later, as files see it. The kernel gives files the time of its last tick, and another
 * one within a tick only to a file that was looked at since: two changes in one tick could not be
 * told apart. Once a file has another time than before, none is given to any that is not later.
 */
final class Clock {
  private final int fd;

  Clock() {
    try {
      Path file = Files.createTempFile("clock", null);
      fd = C.open(Arguments.terminated(file.toString()), 0, 0);
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean advance() throws ErrnoException {
    long before = Attributes.of(fd).changed();
    do {
      Result.of(C.fchmod(fd, 0600));
    } while (Attributes.of(fd).changed() == before);
    return true;
  }
}
