package io.trifold.fuse.kernel;

/** The kinds of requests, {@code enum fuse_opcode}. */
enum Opcode {
  LOOKUP(1),
  FORGET(2),
  GETATTR(3),
  SETATTR(4),
  READLINK(5),
  SYMLINK(6),
  MKNOD(8),
  MKDIR(9),
  UNLINK(10),
  RMDIR(11),
  RENAME(12),
  LINK(13),
  OPEN(14),
  READ(15),
  WRITE(16),
  STATFS(17),
  RELEASE(18),
  FSYNC(20),
  SETXATTR(21),
  GETXATTR(22),
  LISTXATTR(23),
  REMOVEXATTR(24),
  FLUSH(25),
  INIT(26),
  OPENDIR(27),
  READDIR(28),
  RELEASEDIR(29),
  FSYNCDIR(30),
  GETLK(31),
  SETLK(32),
  SETLKW(33),
  ACCESS(34),
  CREATE(35),
  INTERRUPT(36),
  BMAP(37),
  DESTROY(38),
  IOCTL(39),
  POLL(40),
  NOTIFY_REPLY(41),
  BATCH_FORGET(42),
  FALLOCATE(43),
  READDIRPLUS(44),
  RENAME2(45),
  LSEEK(46),
  COPY_FILE_RANGE(47),
  SYNCFS(50),
  TMPFILE(51),
  STATX(52),
  COPY_FILE_RANGE_64(53);

  private static final Opcode[] BY_NUMBER = new Opcode[64];

  static {
    for (Opcode opcode : values()) {
      BY_NUMBER[opcode.number] = opcode;
    }
  }

  private final int number;

  Opcode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /** The kind of that number, {@code null} for one that a newer kernel may know. */
  static Opcode of(int number) {
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }

  /**
   * Where in the request's body a second node stands that the operation works on, or -1. The first
   * is in the header.
   */
  int secondNode() {
    return switch (this) {
      case RENAME, RENAME2, LINK -> 0;
      case COPY_FILE_RANGE, COPY_FILE_RANGE_64 -> 16;
      default -> -1;
    };
  }

  /** Whether it is one of those that {@link io.trifold.fuse.FuseOperations#mayWait} is about. */
  boolean mayWait() {
    return switch (this) {
      case OPEN, FLUSH, FSYNC, RELEASE -> true;
      default -> false;
    };
  }

  /** Whether it may take long on any storage: it waits for the disk, or copies. */
  boolean isLong() {
    return switch (this) {
      case FSYNC, FSYNCDIR, SYNCFS, FALLOCATE, COPY_FILE_RANGE, COPY_FILE_RANGE_64 -> true;
      default -> false;
    };
  }

  /**
   * Whether it runs on the thread that read it, whatever its node: it has no node, or it never
   * waits. A lock that waits finds a thread of its own, see {@link LockWaits}.
   */
  boolean staysWithReader() {
    return switch (this) {
      case FORGET, BATCH_FORGET, INTERRUPT, INIT, DESTROY, SETLKW -> true;
      default -> false;
    };
  }
}
