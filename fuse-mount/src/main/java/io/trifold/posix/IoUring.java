package io.trifold.posix;

import static io.trifold.posix.LibC.C;

import java.lang.invoke.VarHandle;
import jnr.ffi.Pointer;

/**
 * A ring of {@code io_uring(7)} for commands to devices, one thread's own: that thread alone may
 * call, from the making on. What the kernel does with memory that was submitted it does at any time
 * until the completion, or the end of {@link #close}.
 *
 * <p>The layouts are those of {@code linux/io_uring.h}; submissions have 128 bytes, of which a
 * command has the last 80.
 */
public final class IoUring implements AutoCloseable {
  private static final long NR_SETUP = 425;
  private static final long NR_ENTER = 426;
  private static final int SETUP_SQE128 = 1 << 10;
  private static final int SETUP_COOP_TASKRUN = 1 << 8;
  private static final int SETUP_SINGLE_ISSUER = 1 << 12;
  private static final int ENTER_GETEVENTS = 1;
  private static final long OFFSET_SUBMISSION_RING = 0;
  private static final long OFFSET_COMPLETION_RING = 0x8000000;
  private static final long OFFSET_SUBMISSIONS = 0x10000000;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED_POPULATED = 0x8001;
  private static final int OP_READ = 22;
  private static final int OP_COMMAND = 46;
  private static final int SUBMISSION_SIZE = 128;
  private static final int COMPLETION_SIZE = 16;
  private static final int COMMAND_AT = 48;
  private static final byte[] CLEAR = new byte[SUBMISSION_SIZE];

  private final int fd;
  private final Mapping submissionRing;
  private final Mapping completionRing;
  private final Mapping submissions;
  private final int submissionTailAt;
  private final int submissionMask;
  private final int submissionArrayAt;
  private final int completionHeadAt;
  private final int completionTailAt;
  private final int completionMask;
  private final int completionsAt;
  private int pending;

  /** Told of what is completed. */
  @FunctionalInterface
  public interface Completions {
    /**
     * Something is.
     *
     * @param result as the system call would have returned it: negative is an error number
     */
    void completed(long userData, int result);
  }

  private record Mapping(long address, long size, Pointer memory) {
    static Mapping of(int fd, long offset, long size) throws ErrnoException {
      long address = C.mmap(null, size, PROT_READ_WRITE, MAP_SHARED_POPULATED, fd, offset);
      if (address == -1) {
        throw Posix.failure("mmap of an io_uring");
      }
      return new Mapping(address, size, Pointer.wrap(LibC.RUNTIME, address, size));
    }

    void unmap() {
      C.munmap(address, size);
    }
  }

  /**
   * Makes a ring.
   *
   * @param entries how many submissions it is to hold
   * @throws ErrnoException {@code ENOSYS} or {@code EPERM} where there is none to be had
   */
  public IoUring(int entries) throws ErrnoException {
    Pointer parameters = Posix.allocate(120);
    parameters.putInt(8, SETUP_SQE128 | SETUP_COOP_TASKRUN | SETUP_SINGLE_ISSUER);
    fd = (int) C.syscall(NR_SETUP, entries, parameters);
    if (fd < 0) {
      throw Posix.failure("io_uring_setup");
    }
    int submissionEntries = parameters.getInt(0);
    int completionEntries = parameters.getInt(4);
    submissionArrayAt = parameters.getInt(64);
    submissionTailAt = parameters.getInt(44);
    completionHeadAt = parameters.getInt(80);
    completionTailAt = parameters.getInt(84);
    completionsAt = parameters.getInt(100);
    Mapping ring = null;
    Mapping completions = null;
    try {
      ring =
          Mapping.of(fd, OFFSET_SUBMISSION_RING, submissionArrayAt + (long) submissionEntries * 4);
      completions =
          Mapping.of(
              fd,
              OFFSET_COMPLETION_RING,
              completionsAt + (long) completionEntries * COMPLETION_SIZE);
      submissions = Mapping.of(fd, OFFSET_SUBMISSIONS, (long) submissionEntries * SUBMISSION_SIZE);
    } catch (ErrnoException e) {
      if (ring != null) {
        ring.unmap();
      }
      if (completions != null) {
        completions.unmap();
      }
      Posix.close(fd);
      throw e;
    }
    submissionRing = ring;
    completionRing = completions;
    submissionMask = ring.memory.getInt(parameters.getInt(48));
    completionMask = completions.memory.getInt(parameters.getInt(88));
  }

  /** Whether this process may have one. */
  public static boolean isAvailable() {
    try (IoUring probe = new IoUring(1)) {
      return probe.fd >= 0;
    } catch (ErrnoException e) {
      return false;
    }
  }

  /**
   * Adds a command to a device ({@code IORING_OP_URING_CMD}) to what the next {@link #await}
   * submits.
   *
   * @param operation what the device calls it
   * @param address of what the device expects, with {@code length} things; 0 for nothing
   * @return the command's own 80 bytes, cleared, to be filled before the next call
   */
  public Pointer command(int device, int operation, long address, int length, long userData) {
    Pointer submission = next(OP_COMMAND, device, address, length, userData);
    submission.putInt(8, operation);
    return submission.slice(COMMAND_AT, SUBMISSION_SIZE - COMMAND_AT);
  }

  /** Adds a read of an {@code eventfd(2)} into 8 bytes at the address. */
  public void readEvent(int event, long address, long userData) {
    next(OP_READ, event, address, Long.BYTES, userData).putLong(8, -1);
  }

  private Pointer next(int operation, int file, long address, int length, long userData) {
    int tail = submissionRing.memory.getInt(submissionTailAt);
    int place = tail & submissionMask;
    Pointer submission = submissions.memory.slice((long) place * SUBMISSION_SIZE, SUBMISSION_SIZE);
    submission.put(0, CLEAR, 0, SUBMISSION_SIZE);
    submission.putByte(0, (byte) operation);
    submission.putInt(4, file);
    submission.putLong(16, address);
    submission.putInt(24, length);
    submission.putLong(32, userData);
    submissionRing.memory.putInt(submissionArrayAt + (long) place * 4, place);
    // The tail is what the kernel reads in io_uring_enter, a full barrier: it sees all before it.
    submissionRing.memory.putInt(submissionTailAt, tail + 1);
    pending++;
    return submission;
  }

  /**
   * Submits what was added, waits until something is completed, and tells of it.
   *
   * @throws ErrnoException if the ring is of no use any more
   */
  public void await(Completions completions) throws ErrnoException {
    long submitted = C.syscall(NR_ENTER, fd, pending, 1, ENTER_GETEVENTS, null, 0);
    if (submitted >= 0) {
      pending -= (int) submitted;
    } else if (!Posix.interrupted()) {
      throw Posix.failure("io_uring_enter");
    }
    Pointer ring = completionRing.memory;
    int head = ring.getInt(completionHeadAt);
    int tail = ring.getInt(completionTailAt);
    VarHandle.acquireFence();
    while (head != tail) {
      long at = completionsAt + (long) (head & completionMask) * COMPLETION_SIZE;
      long userData = ring.getLong(at);
      int result = ring.getInt(at + 8);
      head++;
      VarHandle.releaseFence();
      ring.putInt(completionHeadAt, head);
      completions.completed(userData, result);
    }
  }

  /** Cancels what is under way. */
  @Override
  public void close() {
    submissions.unmap();
    completionRing.unmap();
    submissionRing.unmap();
    Posix.close(fd);
  }
}
