package io.trifold.differential;

import java.util.List;

/** What stands at a name, and how it is made. */
@SuppressWarnings("ImmutableEnumChecker") // The lists are of List.of.
enum Kind {
  NOTHING(),
  FILE("open 0 p/o O_CREAT|O_RDWR 0644", "write 0 1 20", "close 0"),
  SET_ID_FILE("open 0 p/o O_CREAT|O_RDWR 0777", "write 0 1 20", "close 0"),
  /** What the owner's and the mode's bits would not allow, an entry of a list does. */
  FILE_WITH_ACL(
      "open 0 p/o O_CREAT|O_RDWR 0644",
      "write 0 1 20",
      "close 0",
      "setxattr p/o system.posix_acl_access " + Conformance.ACL + " 0"),
  DIRECTORY_WITH_ACL(
      "mkdir p/o 0700", "setxattr p/o system.posix_acl_access " + Conformance.ACL + " 0"),
  NOTHING_WHERE_ACLS_ARE_INHERITED("setxattr p system.posix_acl_default " + Conformance.ACL + " 0"),
  DIRECTORY("mkdir p/o 0755"),
  FULL_DIRECTORY("mkdir p/o 0755", "mkdir p/o/x 0755"),
  FIFO("mknod p/o FIFO 0644 0"),
  SOCKET("mknod p/o SOCK 0644 0"),
  SYMLINK_TO_FILE("symlink f p/o"),
  SYMLINK_TO_DIRECTORY("symlink d p/o"),
  DANGLING_SYMLINK("symlink nowhere p/o"),
  SYMLINK_LOOP("symlink o p/o");

  private final List<String> making;

  Kind(String... making) {
    this.making = List.of(making);
  }

  List<String> making() {
    return making;
  }
}
