package io.trifold.differential;

import io.trifold.differential.actor.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The table of calls, and what they are made on, by whom, and where. Each case is a script: the
 * scene, made by root; the call; a look at all that it may have changed.
 *
 * <p>In the scene, {@code p} is the directory that the call is about, {@code p/o} the object,
 * {@code p/n} a name that is not there, {@code p/f} and {@code p/d} a file and a directory beside
 * it, and {@code q} another directory.
 */
final class Conformance {
  private static final List<String> CALLERS =
      List.of("0 0", "1000 1000", "1001 1000", "1002 1002 1000", "1003 1003");

  /** Mode, owner and group of the directory. */
  private static final List<String> PARENTS =
      List.of(
          "0777 0 0",
          "0755 1000 1000",
          "0555 1000 1000",
          "0666 1000 1000",
          "01777 0 0",
          "02777 1000 2000",
          "02775 0 1000",
          "0333 0 0");

  /** {@code user::rw, user:1003:rwx, group::r, mask::r, other::}, as the kernel takes it. */
  static final String ACL =
      "%02%00%00%00%01%00%06%00%ff%ff%ff%ff%02%00%07%00%eb%03%00%00"
          + "%04%00%04%00%ff%ff%ff%ff%10%00%04%00%ff%ff%ff%ff%20%00%00%00%ff%ff%ff%ff";

  private static final List<String> CALLS =
      """
      stat p/o
      lstat p/o
      access p/o R
      access p/o W
      access p/o X
      access p/o R|W|X
      chmod p/o 0600
      chmod p/o 06755
      chmod p/o 02755
      chmod p/o 01777
      chmod p 02777
      chown p/o 1001 -1
      chown p/o -1 1000
      chown p/o -1 1002
      chown p/o -1 2000
      chown p/o 0 0
      lchown p/o 1000 1000
      lchown p/o 1003 1003
      utimens p/o now now 0
      utimens p/o omit now 0
      utimens p/o omit omit 0
      utimens p/o 1000.5 2000.25 0
      utimens p/o 1000.5 2000.25 NOFOLLOW
      truncate p/o 0
      truncate p/o 10000
      truncate p/o -1
      open 1 p/o O_RDONLY|O_NONBLOCK 0
      open 1 p/o O_WRONLY|O_NONBLOCK 0
      open 1 p/o O_RDWR|O_NONBLOCK|O_TRUNC 0
      open 1 p/o O_RDONLY|O_NONBLOCK|O_TRUNC 0
      open 1 p/o O_WRONLY|O_NONBLOCK|O_CREAT 0666
      open 1 p/o O_WRONLY|O_NONBLOCK|O_CREAT 06777
      open 1 p/o O_RDWR|O_NONBLOCK|O_CREAT|O_EXCL 0640
      open 1 p/o O_RDONLY|O_NONBLOCK|O_CREAT|O_DIRECTORY 0640
      open 1 p/o O_RDONLY|O_NONBLOCK|O_NOFOLLOW 0
      open 1 p/o O_RDONLY|O_NONBLOCK|O_DIRECTORY 0
      open 1 p/o O_RDONLY|O_NONBLOCK|O_NOATIME 0
      open 1 p/o O_PATH 0
      open 1 p/o O_PATH|O_NOFOLLOW 0
      open 1 p O_TMPFILE|O_RDWR 0666
      mkdir p/o 0777
      mkdir p/o 06777
      mknod p/o FIFO 0666 0
      mknod p/o REG 06777 0
      mknod p/o SOCK 0666 0
      mknod p/o CHR 0666 259
      symlink target p/o
      readlink p/o
      unlink p/o
      rmdir p/o
      link p/o p/n 0
      link p/o q/n 0
      link p/o p/n FOLLOW
      link p/f p/o 0
      rename p/o p/n 0
      rename p/o q/n 0
      rename p/o p/o 0
      rename p/o p/o/n 0
      rename p/o q/n NOREPLACE
      rename p/o p/f EXCHANGE
      rename p/f p/o 0
      rename p/d p/o 0
      rename p/f p/o NOREPLACE
      rename q p/o 0
      setxattr p/o user.a value 0
      setxattr p/o user.x other XATTR_CREATE
      setxattr p/o user.x other XATTR_REPLACE
      setxattr p/o trusted.a value 0
      setxattr p/o security.a value 0
      setxattr p/o unknown.a value 0
      getxattr p/o user.x
      getxattr p/o trusted.x
      listxattr p/o
      removexattr p/o user.x
      removexattr p/o user.y
      readdir p/o
      readdir p
      chdir p/o
      """
          .lines()
          .toList();

  /** Ways to write a name, for {@code o}. */
  private static final List<String> FORMS =
      List.of(
          "p/o/",
          "p/o/.",
          "p/o/..",
          "p/o/x",
          "p/o//",
          "p/.",
          "p/%ff%fe",
          "p/%c3%a9",
          "p/" + "n".repeat(255),
          "p/" + "n".repeat(256),
          "./".repeat(2045) + "p/oo",
          "./".repeat(2046) + "p/o",
          "p/" + "n/".repeat(10) + "o",
          "%");

  private static final List<String> EXTRA_CALLS =
      List.of(
          "setxattr p/o system.posix_acl_access " + ACL + " 0",
          "setxattr p system.posix_acl_default " + ACL + " 0",
          "getxattr p/o system.posix_acl_access");

  private Conformance() {}

  /** A script, with the step in it that it is about. */
  record Case(String name, List<Operation> operations) {}

  static Stream<Case> cases() {
    return Stream.concat(byCaller(), byForm());
  }

  private static Stream<Case> byCaller() {
    List<String> calls = new ArrayList<>(CALLS);
    calls.addAll(EXTRA_CALLS);
    return Stream.of(Kind.values())
        .flatMap(
            kind ->
                PARENTS.stream()
                    .flatMap(
                        parent ->
                            CALLERS.stream()
                                .flatMap(
                                    caller ->
                                        calls.stream()
                                            .map(call -> of(kind, parent, caller, call)))));
  }

  private static Stream<Case> byForm() {
    return Stream.of(Kind.NOTHING, Kind.FILE, Kind.DIRECTORY, Kind.SYMLINK_TO_DIRECTORY)
        .flatMap(
            kind ->
                FORMS.stream()
                    .flatMap(
                        form ->
                            CALLS.stream()
                                .filter(call -> call.contains("p/o"))
                                .map(call -> call.replaceAll("p/o(?= |$)", form))
                                .map(call -> of(kind, PARENTS.get(0), "0 0", call))));
  }

  private static Case of(Kind kind, String parent, String caller, String call) {
    String[] mode = parent.split(" ", -1);
    List<String> lines = new ArrayList<>();
    lines.add("umask 0");
    lines.add("mkdir p 0777");
    lines.add("mkdir q 0777");
    lines.add("mknod p/f REG 0644 0");
    lines.add("mkdir p/d 0777");
    lines.addAll(kind.making());
    if (kind != Kind.NOTHING) {
      lines.add("lchown p/o 1000 1000");
      lines.add("setxattr p/o user.x value 0");
      lines.add("utimens p/o 10.0 10.0 NOFOLLOW");
    }
    if (kind == Kind.SET_ID_FILE) {
      lines.add("chmod p/o 06777");
    }
    lines.add("chown p " + mode[1] + " " + mode[2]);
    lines.add("chmod p " + mode[0]);
    lines.add("utimens p 10.0 10.0 0");
    lines.add("look p/o p p/f p/d q");
    lines.add("umask 022");
    lines.add("as " + caller);
    lines.add(call);
    lines.add("write 1 1 5");
    lines.add("posix_fallocate 1 0 100");
    lines.add("fchmod 1 06711");
    lines.add("pread 1 10 0");
    lines.add("slots");
    lines.add("close 1");
    lines.add("as 0 0");
    lines.add("umask 022");
    lines.add("look p/o p p/n p/f p/d q q/n");
    return new Case(
        "%s, in a directory of mode %s, by %s: %s".formatted(kind, parent, caller, call),
        lines.stream().map(Operation::parse).toList());
  }
}
