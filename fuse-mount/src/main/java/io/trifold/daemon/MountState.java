package io.trifold.daemon;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * What a machine keeps of one mount between its lives: a directory of its own in the state
 * directory, named after the root.
 */
public final class MountState {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path directory;

  private MountState(Path directory) {
    this.directory = directory;
  }

  /**
   * The one of this root, made if it is not there.
   *
   * @param state the machine's state directory
   */
  public static MountState prepare(Path state, Path root) throws MountException {
    MountState it = new MountState(state.resolve("mounts").resolve(escape(root)));
    try {
      makeDirectories(it.directory);
    } catch (IOException e) {
      throw new MountException(
          "the state directory "
              + state
              + " cannot be used: "
              + MountException.reason(e)
              + ": name another with --state",
          e);
    }
    return it;
  }

  private static void makeDirectories(Path directory) throws IOException {
    // Only what is made here is closed to others: somebody else's /var/lib stays as it is.
    Files.createDirectories(directory, OWNER_ONLY);
  }

  /**
   * The root as one file name, as {@code systemd-escape --path} writes it: {@code /srv/my-app} is
   * {@code srv-my\x2dapp}.
   */
  static String escape(Path root) {
    String path = root.toString().substring(1);
    StringBuilder escaped = new StringBuilder(path.length() + 16);
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '_'
              || c == ':'
              || (c == '.' && !escaped.isEmpty());
      if (c == '/') {
        escaped.append('-');
      } else if (plain) {
        escaped.append(c);
      } else {
        escaped.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
      }
    }
    return escaped.isEmpty() ? "-" : escaped.toString();
  }

  /**
   * Makes this process the only one to use it, until the channel is closed or the process ends,
   * however it ends.
   */
  FileChannel lock() throws MountException {
    Path file = directory.resolve("lock");
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        String holder = Files.readString(file).strip();
        channel.close();
        throw inUse("by process " + holder);
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
      return channel;
    } catch (OverlappingFileLockException e) {
      throw inUse("by this process");
    } catch (IOException e) {
      throw new MountException(file + " cannot be locked: " + MountException.reason(e), e);
    }
  }

  private MountException inUse(String byWhom) {
    return new MountException(
        directory + " is in use " + byWhom + ": this root is being mounted or unmounted just now");
  }

  /** What it is in; the replica keeps its journal there. */
  Path directory() {
    return directory;
  }

  /** The daemon's log. */
  public Path log() {
    return directory.resolve("trifold.log");
  }

  /** Where commands reach the daemon. */
  Path controlSocket() {
    return directory.resolve("control.sock");
  }

  /**
   * An empty directory for what libraries unpack. The system's may not allow to run code, and a
   * daemon that is killed would leave it there for ever.
   */
  Path emptyTemporary() throws MountException {
    Path temporary = directory.resolve("tmp");
    try {
      clear(temporary);
      makeDirectories(temporary);
      return temporary;
    } catch (IOException | UncheckedIOException e) {
      throw new MountException(
          temporary + " cannot be emptied: " + MountException.reason(e) + ": remove it", e);
    }
  }

  /** Removes what libraries unpacked; what cannot be removed now is when it is used again. */
  void clearTemporary() {
    try {
      clear(directory.resolve("tmp"));
    } catch (IOException | UncheckedIOException e) {
      LoggerFactory.getLogger(MountState.class).info("left behind: {}", e.toString());
    }
  }

  private static void clear(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(tree)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.delete(path);
    }
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
