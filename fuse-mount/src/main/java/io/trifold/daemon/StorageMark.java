package io.trifold.daemon;

import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.shared.AwayException;
import io.trifold.shared.SharedPlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hidden file in the root of the shared storage, and a note in the mount's state that it was seen
 * there. An empty directory where the storage is not mounted has none: what is written there would
 * go to the wrong disk. It is read below the very root that is used then, so that nothing can be
 * mounted or unmounted in between.
 */
final class StorageMark implements SharedPlace {
  private static final Logger log = LoggerFactory.getLogger(StorageMark.class);

  /** The tree hides names that begin so. */
  private static final String NAME = ".trifold~storage";

  private static final int MOST_BYTES = 256;

  private final Path storage;
  private final Path note;

  /** What the mark says; {@code null} if the storage cannot be marked. */
  private volatile String known;

  /**
   * Prepares to look for it.
   *
   * @param remote the root of the shared storage
   * @param state the mount's state directory
   */
  StorageMark(Path remote, Path state) {
    storage = remote;
    note = state.resolve("storage");
  }

  @Override
  public Path path() {
    return storage;
  }

  /**
   * Makes sure that this is the storage of the last mount. The first mount marks it, if it can.
   *
   * @throws AwayException if it is another one, or not there
   */
  @Override
  public BackingRoot open() throws AwayException {
    BackingRoot root = openStorage();
    try {
      known = recognize(root);
      return root;
    } catch (AwayException | RuntimeException e) {
      root.close();
      throw e;
    }
  }

  private BackingRoot openStorage() throws AwayException {
    try {
      return BackingRoot.open(storage.toString());
    } catch (ErrnoException e) {
      throw new AwayException("cannot be opened: " + Errno.name(e.errno()), e);
    }
  }

  private String recognize(BackingRoot root) throws AwayException {
    try {
      if (Files.exists(note)) {
        String noted = Files.readString(note);
        require(root, noted);
        return noted;
      }
      String mark = makeOrRead(root);
      Files.writeString(note, mark);
      return mark;
    } catch (IOException | ErrnoException e) {
      log.warn(
          "{} cannot be told from an empty directory where it is not mounted: {}",
          storage,
          MountException.reason(e));
      return null;
    }
  }

  /** Another host may have marked the same storage. */
  private static String makeOrRead(BackingRoot root) throws IOException, ErrnoException {
    try {
      write(root, UUID.randomUUID() + "\n");
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
    String mark = read(root).orElse("");
    if (mark.isBlank()) {
      throw new IOException("the file " + NAME + " in it is empty");
    }
    return mark;
  }

  private static void write(BackingRoot root, String mark) throws ErrnoException {
    byte[] bytes = mark.getBytes(StandardCharsets.US_ASCII);
    Pointer memory = Posix.allocate(bytes.length);
    memory.put(0, bytes, 0, bytes.length);
    int fd = root.openFile(NAME, Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL, 0644);
    try {
      Posix.pwrite(fd, memory, bytes.length, 0);
    } finally {
      Posix.close(fd);
    }
  }

  private static Optional<String> read(BackingRoot root) throws ErrnoException {
    int fd;
    try {
      fd = root.openFile(NAME, Posix.O_RDONLY, 0);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT) {
        return Optional.empty();
      }
      throw e;
    }
    try {
      Pointer memory = Posix.allocate(MOST_BYTES);
      byte[] bytes = new byte[Posix.pread(fd, memory, MOST_BYTES, 0)];
      memory.get(0, bytes, 0, bytes.length);
      return Optional.of(new String(bytes, StandardCharsets.US_ASCII));
    } finally {
      Posix.close(fd);
    }
  }

  private void require(BackingRoot root, String noted) throws AwayException, ErrnoException {
    Optional<String> mark = read(root);
    if (mark.isEmpty()) {
      throw unknown("lacks the file " + NAME + " that was made in it: is it mounted?");
    }
    if (!mark.get().equals(noted)) {
      throw unknown("is another one than before.");
    }
  }

  private AwayException unknown(String what) {
    return new AwayException(what + " If it is the right one now: rm " + note);
  }

  /** Without a mark there is nothing to know another root by: then it stays what it is. */
  @Override
  public BackingRoot look(BackingRoot held) throws AwayException {
    try {
      if (known == null) {
        Posix.stat(held.fd());
        return held;
      }
      BackingRoot now = openStorage();
      boolean anew = false;
      try {
        require(now, known);
        anew = !isSame(held, now);
        return anew ? now : held;
      } finally {
        if (!anew) {
          now.close();
        }
      }
    } catch (ErrnoException e) {
      throw new AwayException("fails: " + Errno.name(e.errno()), e);
    }
  }

  /** A root that cannot be asked any more is not the one that was just opened. */
  private static boolean isSame(BackingRoot held, BackingRoot now) throws ErrnoException {
    Stat fresh = Posix.stat(now.fd());
    try {
      Stat old = Posix.stat(held.fd());
      return old.device() == fresh.device() && old.inode() == fresh.inode();
    } catch (ErrnoException e) {
      return false;
    }
  }
}
