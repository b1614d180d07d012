package io.trifold.posix;

import io.trifold.rules.FileNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is mounted, as this process sees it: {@code /proc/self/mountinfo}, see {@code
 * proc_pid_mountinfo(5)}. Reading it asks no filesystem anything, so that it works where one hangs.
 *
 * @param mounts in the order in which they were mounted
 */
public record MountTable(List<Mount> mounts) {
  /** The type of the mounts that a trifold daemon serves. */
  public static final String TRIFOLD = "fuse.trifold";

  /**
   * One mount.
   *
   * @param id the kernel's number for it, until it is unmounted
   * @param parent the number of the mount that {@code point} is in
   * @param device of the filesystem, {@code MAJOR:MINOR}
   * @param root the directory within that filesystem which is seen at {@code point}
   * @param point the directory that it is over
   * @param type of the filesystem
   * @param source what the filesystem calls its device
   */
  public record Mount(
      long id, long parent, String device, String root, Path point, String type, String source) {
    /** Whether a trifold daemon serves it, or did. */
    public boolean isTrifold() {
      return type.equals(TRIFOLD);
    }

    /** Whether the other shows the same directory at the same place; it may be another mount. */
    public boolean isLike(Mount other) {
      return parent == other.parent
          && device.equals(other.device)
          && root.equals(other.root)
          && point.equals(other.point);
    }
  }

  public MountTable {
    mounts = List.copyOf(mounts);
  }

  /** The table as it is now. */
  public static MountTable read() throws IOException {
    return parse(Files.readString(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1));
  }

  /**
   * @param text the file's content, each byte a character
   */
  static MountTable parse(String text) {
    List<Mount> mounts = new ArrayList<>();
    text.lines().forEach(line -> parseLine(line).ifPresent(mounts::add));
    return new MountTable(mounts);
  }

  /** {@code ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELD…] - TYPE SOURCE SUPER-OPTIONS}. */
  private static Optional<Mount> parseLine(String line) {
    String[] fields = line.split(" ", -1);
    int dash = 6;
    while (dash < fields.length && !fields[dash].equals("-")) {
      dash++;
    }
    if (dash + 2 >= fields.length) {
      return Optional.empty();
    }
    try {
      Path point = Path.of(unescape(fields[4]));
      return Optional.of(
          new Mount(
              Long.parseLong(fields[0]),
              Long.parseLong(fields[1]),
              fields[2],
              unescape(fields[3]),
              point,
              unescape(fields[dash + 1]),
              unescape(fields[dash + 2])));
    } catch (InvalidPathException e) {
      // A name that is not text: no Path can name it, so nobody here asks for it.
      return Optional.empty();
    }
  }

  /** Blanks and backslashes are written in octal. */
  private static String unescape(String field) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\' && i + 3 < field.length()) {
        bytes.write(Integer.parseInt(field, i + 1, i + 4, 8));
        i += 3;
      } else {
        bytes.write(field.charAt(i));
      }
    }
    return FileNames.decode(bytes.toByteArray());
  }

  /** What is seen at this directory, if it is a mount's; of several, the uppermost. */
  public Optional<Mount> at(Path point) {
    Mount found = null;
    for (Mount mount : mounts) {
      if (mount.point().equals(point)) {
        found = mount;
      }
    }
    return Optional.ofNullable(found);
  }

  /** The trifold mount that is seen at this directory. */
  public Optional<Mount> trifoldAt(Path point) {
    return at(point).filter(Mount::isTrifold);
  }

  /** The mount that a path is in. */
  public Optional<Mount> around(Path path) {
    for (Path p = path; p != null; p = p.getParent()) {
      Optional<Mount> mount = at(p);
      if (mount.isPresent()) {
        return mount;
      }
    }
    return Optional.empty();
  }

  /** The mount of this number. */
  public Optional<Mount> withId(long id) {
    return mounts.stream().filter(mount -> mount.id() == id).findFirst();
  }

  /** What is mounted in a mount, directly or in one of those; the outer before the inner. */
  public List<Mount> within(Mount outer) {
    List<Mount> found = new ArrayList<>();
    found.add(outer);
    for (int i = 0; i < found.size(); i++) {
      long parent = found.get(i).id();
      mounts.stream().filter(mount -> mount.parent() == parent).forEach(found::add);
    }
    return found.subList(1, found.size());
  }

  /** All trifold mounts. */
  public List<Mount> trifolds() {
    return mounts.stream().filter(Mount::isTrifold).toList();
  }
}
