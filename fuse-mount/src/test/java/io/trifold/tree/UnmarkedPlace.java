package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.shared.AwayException;
import io.trifold.shared.SharedPlace;
import java.nio.file.Path;

/** A directory as the shared storage, without a mark to know it by. */
record UnmarkedPlace(Path path) implements SharedPlace {
  @Override
  public BackingRoot open() throws AwayException {
    try {
      return BackingRoot.open(path.toString());
    } catch (ErrnoException e) {
      throw new AwayException(e.getMessage(), e);
    }
  }

  @Override
  public BackingRoot look(BackingRoot held) throws AwayException {
    try {
      Posix.stat(held.fd());
      return held;
    } catch (ErrnoException e) {
      throw new AwayException(e.getMessage(), e);
    }
  }
}
