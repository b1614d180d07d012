package io.trifold.differential;

import static io.trifold.tree.MountFixture.Way.JNR;
import static io.trifold.tree.MountFixture.Way.KERNEL;
import static io.trifold.tree.MountFixture.Way.PASSTHROUGH;

import io.trifold.tree.MountFixture.Way;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is not as on the disk, and why: the list that {@code docs/compatibility.md} mirrors. Each
 * has a script that shows it, so that it is known when it no longer exists.
 */
@SuppressWarnings("ImmutableEnumChecker") // The sets are of Set.of.
enum KnownDifference {
  TMPFILE(
      Set.of(JNR),
      "libfuse 2.9 cannot make a file without a name",
      """
      0 open 0 . O_TMPFILE|O_RDWR 0600
      """,
      "open \\d+ \\S+ \\S*O_TMPFILE.*",
      null),
  SHIFTED_RANGES(
      Set.of(PASSTHROUGH, KERNEL, JNR),
      "the kernel does not pass them on to FUSE filesystems",
      """
      0 open 0 a O_CREAT|O_RDWR 0600
      0 fallocate 0 INSERT_RANGE 0 4096
      """,
      "fallocate \\d+ \\S*(COLLAPSE|INSERT)_RANGE.*",
      null),
  DEVICES(
      Set.of(PASSTHROUGH, KERNEL, JNR),
      "the mount is nodev and nosuid",
      """
      0 mknod a CHR 0600 259
      0 open 0 a O_WRONLY 0
      """,
      "mknod \\S+ (CHR|BLK) .*",
      null),
  SETGID_WITHOUT_EXECUTION(
      Set.of(PASSTHROUGH, KERNEL, JNR),
      "a FUSE filesystem's kernel side takes it for a mark, not for a privilege, and keeps it",
      """
      0 open 0 a O_CREAT|O_WRONLY 02644
      0 as 1000 1000
      0 write 0 1 1
      """,
      null,
      "\\w+: (.*)mode=102(\\d[0-6]\\d .*) <> \\1mode=100\\2"
          + "|\\w+: (.*)mode=102(\\d[0-6]\\d .* )atime=-?\\d+( .*) <> \\3mode=100\\4atime=kept\\5"),
  FILE_ATIME(
      Set.of(PASSTHROUGH, KERNEL, JNR),
      "reads that the kernel answers from its cache do not count as access",
      """
      0 open 0 a O_CREAT|O_RDWR 0644
      0 close 0
      0 open 0 a O_RDONLY 0
      0 utimens a 0.0 0.0 0
      0 pread 0 10 0
      0 fstat 0
      """,
      null,
      "\\w+: (.*mode=10\\d+ .* atime=)-?\\d+( .*) <> \\1kept\\2"),
  FIFO_TIMES(
      Set.of(PASSTHROUGH, KERNEL, JNR),
      "what passes through a FIFO passes inside the kernel",
      """
      0 mknod a FIFO 0600 0
      0 open 0 a O_RDWR 0
      0 write 0 1 1
      """,
      null,
      "\\w+: (.*mode=1\\d{4} .*) atime=.* <> \\1 atime=.*"),
  SET_ID_AFTER_OPEN(
      Set.of(PASSTHROUGH),
      "what is open in passthrough is written without asking: it clears no bit that came later",
      """
      0 as 1000 1000
      0 open 0 a O_CREAT|O_RDWR 0644
      0 fchmod 0 04755
      0 write 0 1 1
      """,
      null,
      "\\w+: (.*)mode=10[2467](\\d+ .*) <> \\1mode=10[0246]\\2"),
  REMOVED_DIRECTORY(
      Set.of(JNR),
      "libfuse 2.9 asks for a directory by its path, which it has no more",
      """
      0 mkdir d 0755
      0 open 0 d O_DIRECTORY 0
      0 rmdir d
      """,
      "open \\d+ \\. .*",
      "slots: #\\d+ E(NOENT|STALE) <> #\\d+ mode=4\\d+ (nlink=0|uid=).*"
          + "|(l?stat|access|chmod|l?chown|utimens|\\w+xattr): ENOENT <> .*"
          + "|\\w+: ENOENT <> EACCES"),
  UNLINKED_PATH(
      Set.of(JNR),
      "libfuse 2.9 asks by path for what was not opened for reading or writing",
      """
      0 open 0 a O_CREAT|O_RDWR 0644
      0 close 0
      0 open 0 a O_PATH 0
      0 unlink a
      """,
      null,
      "(slots: #\\d+ |f\\w+: )E(NOENT|STALE) <> .*"),
  SET_ID_WITHOUT_NAME(
      Set.of(JNR),
      "before a write that clears set-id bits libfuse 2.9 asks by path, which a file in a removed"
          + " directory has no more",
      """
      0 mkdir d 01777
      0 open 3 d/d O_WRONLY|O_CREAT 06777
      0 unlink d/d
      1 rename d a 0
      0 as 1001 1000
      0 rmdir a
      0 write 3 4 4096
      """,
      null,
      "p?write: ENOENT <> \\d+"),
  UNLINKED_REMOTE_PATH(
      Set.of(PASSTHROUGH, KERNEL, JNR),
      "what is removed from shared storage is not held for those who have it open by O_PATH alone",
      """
      0 symlink nowhere a.r
      0 open 0 a.r O_PATH|O_NOFOLLOW 0
      0 unlink a.r
      """,
      null,
      "slots: #\\d+ E(STALE|NOENT) <> #\\d+ mode=.* nlink=0 .*" + "|f\\w+: E(STALE|NOENT) <> .*"),
  TMPFILE_IN_REMOVED_DIRECTORY(
      Set.of(PASSTHROUGH, KERNEL, JNR),
      "it fails as all else does that is made there",
      """
      0 mkdir d 0755
      0 chdir d
      0 rmdir ../d
      0 open 0 . O_TMPFILE|O_RDWR 0600
      """,
      null,
      "open: ENOENT <> EPERM"),
  SYMLINK_ATIME(
      Set.of(PASSTHROUGH, KERNEL),
      "the kernel keeps where a symlink leads to, so that following it does not count as access",
      """
      0 symlink nowhere a
      0 lstat a
      0 readlink a
      0 utimens a 0.0 0.0 NOFOLLOW
      0 readlink a
      0 lstat a
      """,
      null,
      "\\w+: (.*mode=120777 .* atime=)\\S+( .*) <> \\1\\S+\\2"),
  DIRECTORY_ATIME(
      Set.of(PASSTHROUGH, KERNEL),
      "the kernel keeps what a directory lists, so that listing it does not count as access",
      """
      0 mkdir d 0755
      0 readdir d
      0 utimens d 0.0 omit 0
      0 readdir d
      0 readdir d
      """,
      null,
      "\\w+: (.* ?mode=4\\d+ .* atime=)-?\\d+( .*) <> \\1kept\\2"),
  EMPTY_CHOWN(
      Set.of(PASSTHROUGH, KERNEL, JNR),
      "a change of owner to what it is (-1, -1) does nothing at all: not to the time of change"
          + " either",
      """
      0 mkdir d 0755
      0 chown d -1 -1
      """,
      "l?f?chown \\S+ -1 -1",
      null),
  RENAME_FLAGS(
      Set.of(JNR),
      "libfuse 2.9 knows a rename without flags only",
      """
      0 mkdir a 0755
      0 rename a b NOREPLACE
      """,
      "rename \\S+ \\S+ (NOREPLACE|EXCHANGE)",
      null),
  MOVED_OPEN_FILE(
      Set.of(JNR),
      "libfuse 2.9 asks by path: attributes of a file that was moved to the other side while it is"
          + " open are those of its copy",
      """
      0 open 0 a O_CREAT|O_RDWR 0644
      0 rename a a.r 0
      """,
      "rename \\S+\\.r \\S+(?<!\\.r) .*|rename \\S+(?<!\\.r) \\S+\\.r .*",
      null),
  ACLS(
      Set.of(JNR),
      "libfuse 2.9 cannot have the kernel check them: they are kept, and do nothing",
      """
      0 mknod a REG 0600 0
      0 setxattr a system.posix_acl_access %s 0
      0 as 1003 1003
      0 access a R
      """
          .formatted(Conformance.ACL),
      "setxattr \\S+ system\\.posix_acl_.*",
      null),
  UNWRITTEN_SPACE(
      Set.of(KERNEL, JNR),
      "a read through the daemon has the disk read ahead what was allocated and not written, which"
          + " to lseek is data from then on",
      """
      0 open 0 y.r O_RDWR|O_CREAT|O_DIRECT 0644
      0 link y.r x.r FOLLOW
      0 open 0 x.r O_RDWR|O_APPEND 0444
      0 fallocate 0 0 20000 8192
      0 pread 0 4096 0
      0 lseek 0 20000 HOLE
      """,
      null,
      "lseek: \\d+ <> \\d+"),
  LINKED_CONTENT(
      Set.of(JNR),
      "to libfuse 2.9 each name is a file of its own, whose content the kernel caches for itself"
          + " while it is open, or what passes through it if it is a FIFO",
      """
      0 open 0 a O_CREAT|O_RDWR 0644
      0 link a b 0
      0 open 1 b O_RDWR 0
      0 write 1 12 8192
      0 write 0 6 8192
      0 pread 1 1 4096
      """,
      "link(fd)? .*",
      null),
  HOLES(
      Set.of(JNR),
      "libfuse 2.9 does not ask for holes: to lseek the whole file is data",
      """
      0 open 0 a O_CREAT|O_RDWR 0600
      0 ftruncate 0 8192
      0 lseek 0 0 DATA
      """,
      "lseek \\d+ \\S+ (DATA|HOLE)",
      null);

  private static final String NOTHING = "(?!)";

  private final Set<Way> ways;
  private final String reason;
  private final String script;
  private final Pattern avoided;
  private final Pattern excused;

  /**
   * A difference.
   *
   * @param avoided the operations that show it; scripts that look for other differences leave them
   *     out; may be {@code null}
   * @param excused what was compared, what the mount and what the disk said; scripts go on after
   *     that; may be {@code null}
   */
  KnownDifference(Set<Way> ways, String reason, String script, String avoided, String excused) {
    this.ways = ways;
    this.reason = reason;
    this.script = script;
    this.avoided = Pattern.compile(avoided == null ? NOTHING : avoided);
    this.excused = Pattern.compile(excused == null ? NOTHING : excused);
  }

  boolean existsOn(Way way) {
    return ways.contains(way);
  }

  private boolean existsUnder(Rules rules) {
    return rules() == Rules.LOCAL || rules == Rules.MIXED || rules == Rules.REMOTE;
  }

  String reason() {
    return reason;
  }

  /** The rules that the script needs. */
  Rules rules() {
    return script.contains(".r") ? Rules.MIXED : Rules.LOCAL;
  }

  List<Step> script() {
    return script.lines().map(Step::parse).toList();
  }

  static boolean avoids(Way way, Step step) {
    String operation = step.operation().toString();
    for (KnownDifference known : values()) {
      if (known.existsOn(way) && known.avoided.matcher(operation).matches()) {
        return true;
      }
    }
    return false;
  }

  static boolean excuses(Way way, Rules rules, String what, String onMount, String onDisk) {
    String difference = what + ": " + onMount + " <> " + onDisk;
    for (KnownDifference known : values()) {
      if (known.existsOn(way)
          && known.existsUnder(rules)
          && known.excused.matcher(difference).matches()) {
        return true;
      }
    }
    return false;
  }
}
