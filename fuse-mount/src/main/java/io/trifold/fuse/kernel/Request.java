package io.trifold.fuse.kernel;

import io.trifold.fuse.Caller;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.MemoryPool;
import io.trifold.rules.FileNames;
import jnr.ffi.Pointer;

/**
 * A request as the kernel wrote it: {@code struct fuse_in_header}, then the body, whose layout
 * depends on the opcode. Offsets count from the body's start. Reading beyond the request's end is a
 * {@link MalformedRequestException}.
 *
 * <p>It is a view of memory that is used again for the next request: what must outlive the answer
 * is copied out.
 */
final class Request {
  static final int HEADER = 40;

  /** All requests but those that carry data are smaller. */
  private static final int SMALL = 8 * 1024;

  private static final MemoryPool SMALL_COPIES = new MemoryPool(SMALL, 64);
  private static final MemoryPool LARGE_COPIES = new MemoryPool(Buffers.REQUEST_SIZE, 8);

  private final Pointer memory;
  private int length;
  private Sender sender;

  Request(Pointer memory) {
    this.memory = memory;
  }

  /**
   * The view of the next request that was read into the memory.
   *
   * @param from takes the answer
   */
  void begin(int received, Sender from) {
    sender = from;
    if (received < HEADER || memory.getInt(0) != received) {
      length = Math.max(received, 0);
      throw new MalformedRequestException(
          "a request of " + received + " bytes says it has " + memory.getInt(0));
    }
    length = received;
  }

  /** The same in memory of its own, for the caller to {@link #free}. */
  Request copy() {
    Pointer own = length <= SMALL ? SMALL_COPIES.take() : LARGE_COPIES.take();
    memory.transferTo(0, own, 0, length);
    Request copy = new Request(own);
    copy.begin(length, sender);
    return copy;
  }

  /** Of a copy: nobody reads it any more. */
  void free() {
    (memory.size() == SMALL ? SMALL_COPIES : LARGE_COPIES).giveBack(memory);
  }

  /** Takes the answer. */
  Sender sender() {
    return sender;
  }

  int opcode() {
    return memory.getInt(4);
  }

  long unique() {
    return memory.getLong(8);
  }

  long node() {
    return memory.getLong(16);
  }

  Caller caller() {
    return new Caller(memory.getInt(24), memory.getInt(28), memory.getInt(32));
  }

  int int32(int at) {
    return memory.getInt(within(at, Integer.BYTES));
  }

  long int64(int at) {
    return memory.getLong(within(at, Long.BYTES));
  }

  /** Native memory of the body; valid as long as the request. */
  Pointer memory(int at, int count) {
    return memory.slice(within(at, count), count);
  }

  byte[] bytes(int at, int count) {
    int start = within(at, count);
    byte[] bytes = new byte[count];
    memory.get(start, bytes, 0, count);
    return bytes;
  }

  /**
   * The name of a directory's entry, ending in NUL.
   *
   * @throws ErrnoException {@code EINVAL} if no entry can have that name
   */
  String name(int at) throws ErrnoException {
    String name = text(at);
    if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
      throw new ErrnoException(Errno.EINVAL, "a name of '" + name + "'");
    }
    return name;
  }

  /** Text that ends in NUL. */
  String text(int at) {
    return FileNames.decode(bytes(at, end(at) - at - 1));
  }

  /** Where the text that begins here ends: behind its NUL. */
  int end(int at) {
    within(at, 1);
    int start = HEADER + at;
    int nul = memory.indexOf(start, (byte) 0, length - start);
    if (nul < 0) {
      throw new MalformedRequestException("a name without end in " + this);
    }
    return at + nul + 1;
  }

  private int within(int at, int count) {
    if (count < 0 || at > length - HEADER - count) {
      throw new MalformedRequestException(this + " ends before " + (at + count));
    }
    return HEADER + at;
  }

  @Override
  public String toString() {
    Opcode opcode = Opcode.of(opcode());
    return (opcode == null ? "opcode " + opcode() : opcode) + " of " + length + " bytes";
  }
}
