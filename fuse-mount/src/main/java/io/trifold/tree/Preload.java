package io.trifold.tree;

import io.trifold.posix.DirectoryReader;
import io.trifold.posix.ErrnoException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the system read a directory of the application's side, and the inodes of what is in it. What
 * it finds it throws away, so nothing can be stale: whoever asks for them next waits less.
 */
final class Preload implements ReadAhead.Reading {
  private static final Logger LOG = LoggerFactory.getLogger(Preload.class);

  /** Of a directory with more names only so many are looked at. */
  private static final int NAMES = 1_000;

  /** So many are looked at once more, to see what that costs when they are in memory. */
  private static final int SAMPLE = 16;

  /** Less says nothing about the time that a name takes. */
  private static final int FEWEST = 4;

  private final Storage storage;

  Preload(Storage storage) {
    this.storage = storage;
  }

  @Override
  public boolean wasInMemory(Link directory) {
    try (DirectoryReader reader =
        storage.reading(() -> storage.application().openDirectoryUnnoticed(directory.path()))) {
      long begin = System.nanoTime();
      int names = look(reader, NAMES);
      long first = System.nanoTime();
      reader.seek(0);
      int again = look(reader, Math.min(names, SAMPLE));
      long second = System.nanoTime();
      return again >= FEWEST && 2 * (first - begin) / names < 3 * (second - first) / again;
    } catch (ErrnoException e) {
      // Removed meanwhile, or not to be read by this user: who comes to it is told.
      LOG.debug("{} is not read ahead: {}", directory.name(), e.getMessage());
      return false;
    }
  }

  private static int look(DirectoryReader reader, int most) throws ErrnoException {
    int names = 0;
    while (names < most && reader.next()) {
      names++;
      reader.touch();
    }
    return names;
  }
}
