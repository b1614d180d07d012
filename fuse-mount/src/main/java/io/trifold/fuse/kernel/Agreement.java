package io.trifold.fuse.kernel;

import io.trifold.posix.ErrnoException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What kernel and daemon agreed on in {@code INIT}.
 *
 * @param minor the protocol's version is 7.{@code minor}
 * @param readahead bytes that the kernel reads ahead, as it proposed
 * @param flags {@code FUSE_…} capabilities in use
 */
record Agreement(int minor, int readahead, long flags) {
  static final int MAJOR = 7;

  /** Linux 4.20: before it, no requests of more than 128 KiB. */
  static final int OLDEST_MINOR = 28;

  /** The newest whose layouts are known here. */
  static final int NEWEST_MINOR = 45;

  /** The most bytes in one read or write. */
  static final int MAX_TRANSFER = 1 << 20;

  /** What a request may have besides the data of a write. */
  static final int REQUEST_OVERHEAD = 4096;

  static final long ASYNC_READ = 1;
  static final long POSIX_LOCKS = 1 << 1;

  /** An open truncates by itself; without it a second request does. */
  static final long ATOMIC_O_TRUNC = 1 << 3;

  static final long BIG_WRITES = 1 << 5;

  /** The umask comes with the request: a directory's default ACL may take its place. */
  static final long DONT_MASK = 1 << 6;

  static final long FLOCK_LOCKS = 1 << 10;
  static final long AUTO_INVAL_DATA = 1 << 12;
  static final long DO_READDIRPLUS = 1 << 13;
  static final long READDIRPLUS_AUTO = 1 << 14;
  static final long ASYNC_DIO = 1 << 15;
  static final long PARALLEL_DIROPS = 1 << 18;

  /** The kernel enforces the ACLs that it finds as {@code system.posix_acl_access}. */
  static final long POSIX_ACL = 1 << 20;

  static final long MAX_PAGES = 1 << 22;
  static final long CACHE_SYMLINKS = 1 << 23;

  /** The kernel takes {@code ENOSYS} for an answer to opening a directory. */
  static final long NO_OPENDIR_SUPPORT = 1 << 24;

  /**
   * The daemon clears the set-id bits of a file that is written or truncated. Without it the kernel
   * asks for {@code security.capability} before every single write, passthrough or not. See {@link
   * SetIdBits}.
   */
  static final long HANDLE_KILLPRIV_V2 = 1 << 28;

  /** Setting an attribute says whether an ACL takes the set-group-id bit away. */
  static final long SETXATTR_EXT = 1 << 29;

  static final long INIT_EXT = 1 << 30;

  /** Files whose content the kernel does not cache can be mapped shared all the same. */
  static final long DIRECT_IO_ALLOW_MMAP = 1L << 36;

  static final long PASSTHROUGH = 1L << 37;

  /** Requests come over io_uring, as soon as each processor has a queue. */
  static final long OVER_IO_URING = 1L << 41;

  private static final long WANTED =
      ASYNC_READ
          | POSIX_LOCKS
          | ATOMIC_O_TRUNC
          | BIG_WRITES
          | DONT_MASK
          | FLOCK_LOCKS
          | AUTO_INVAL_DATA
          | DO_READDIRPLUS
          | READDIRPLUS_AUTO
          | ASYNC_DIO
          | PARALLEL_DIROPS
          | MAX_PAGES
          | CACHE_SYMLINKS
          | NO_OPENDIR_SUPPORT
          | HANDLE_KILLPRIV_V2
          | SETXATTR_EXT
          | INIT_EXT
          | DIRECT_IO_ALLOW_MMAP;

  /**
   * The files below may themselves be on a stacked filesystem, such as a container's overlay. The
   * kernel's limit.
   */
  private static final int MAX_STACK_DEPTH = 2;

  private static final int PAGE = 4096;

  /** Reads ahead and releases under way at once; from the second on the kernel holds back. */
  private static final int MAX_BACKGROUND = 64;

  private static final int CONGESTED = 48;

  /**
   * Answers the kernel's {@code INIT}.
   *
   * @param passthrough whether to use it if the kernel has it
   * @param acls whether it is to enforce ACLs
   * @param rings whether to be served over io_uring if the kernel has it switched on
   * @throws IOException with one line for the user, if the kernel is too old
   */
  static Agreement answer(
      Request request, Reply reply, boolean passthrough, boolean acls, boolean rings)
      throws IOException {
    int major = request.int32(0);
    int minor = request.int32(4);
    if (major != MAJOR || minor < OLDEST_MINOR) {
      throw new IOException(
          "the kernel speaks FUSE %d.%d; 7.%d (Linux 4.20) or a later one is needed"
              .formatted(major, minor, OLDEST_MINOR));
    }
    long offered = Integer.toUnsignedLong(request.int32(12));
    if ((offered & INIT_EXT) != 0) {
      offered |= Integer.toUnsignedLong(request.int32(16)) << 32;
    }
    Agreement agreement =
        new Agreement(
            Math.min(minor, NEWEST_MINOR),
            request.int32(8),
            offered
                & (WANTED
                    | (passthrough ? PASSTHROUGH : 0)
                    | (acls ? POSIX_ACL : 0)
                    | (rings ? OVER_IO_URING : 0)));
    agreement.write(reply);
    return agreement;
  }

  /** {@code struct fuse_init_out}, 64 bytes. */
  private void write(Reply reply) {
    reply.int32(MAJOR);
    reply.int32(minor);
    reply.int32(readahead);
    reply.int32((int) flags);
    reply.int32((CONGESTED << 16) | MAX_BACKGROUND);
    reply.int32(MAX_TRANSFER);
    reply.int32(1); // times are exact to the nanosecond
    reply.int32(MAX_TRANSFER / PAGE);
    reply.int32((int) (flags >>> 32));
    reply.int32(passthrough() ? MAX_STACK_DEPTH : 0);
    reply.zeros(24);
  }

  boolean has(long flag) {
    return (flags & flag) != 0;
  }

  boolean passthrough() {
    return has(PASSTHROUGH);
  }

  /** One line for the status. */
  String describe() {
    List<String> parts = new ArrayList<>();
    parts.add("FUSE 7." + minor);
    parts.add("requests of " + MAX_TRANSFER / 1024 + " KiB");
    if (has(DO_READDIRPLUS)) {
      parts.add("readdirplus");
    }
    if (has(PARALLEL_DIROPS)) {
      parts.add("parallel directory operations");
    }
    if (has(POSIX_ACL)) {
      parts.add("ACLs");
    }
    if (has(OVER_IO_URING)) {
      parts.add("io_uring");
    }
    parts.add(passthrough() ? "passthrough" : "no passthrough");
    return String.join(", ", parts);
  }

  /** Receives the kernel's first request, which is {@code INIT}, and answers it. */
  static Agreement negotiate(Device device, boolean passthrough, boolean acls, boolean rings)
      throws IOException {
    Buffers buffers = new Buffers();
    try {
      int received = device.receive(buffers.memory(), Buffers.REQUEST_SIZE);
      if (received < 0) {
        throw new IOException("it was unmounted before it was up");
      }
      Request request = buffers.request();
      request.begin(received, device);
      if (request.opcode() != Opcode.INIT.number()) {
        throw new IOException("the kernel began with " + request + " in place of INIT");
      }
      Reply reply = buffers.reply();
      reply.begin();
      Agreement agreement = answer(request, reply, passthrough, acls, rings);
      device.send(reply.memory(), reply.finish(request.unique(), 0));
      return agreement;
    } catch (ErrnoException e) {
      throw new IOException("the kernel did not agree on the protocol: " + e.getMessage(), e);
    }
  }
}
