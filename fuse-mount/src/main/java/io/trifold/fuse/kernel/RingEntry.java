package io.trifold.fuse.kernel;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import jnr.ffi.Pointer;

/**
 * A place for one request and its answer, which the kernel fills and empties: {@code struct
 * fuse_uring_req_header}, and what is as long as it likes. It is the kernel's from its registration
 * until a request is in it, and again from the answer on.
 */
final class RingEntry implements Sender {
  private static final int HEADER_SIZE = 288;
  private static final int OPERATION_AT = 128;
  private static final int OPERATION_SIZE = 128;
  private static final int COMMIT_ID_AT = 264;
  private static final int PAYLOAD_SIZE_AT = 272;
  private static final int VECTOR_SIZE = 32;

  /** Header and payload, as {@code struct iovec}. */
  static final int PARTS = 2;

  private final RingThread owner;
  private final int queue;
  private final int number;
  private final Pointer header = Posix.allocate(HEADER_SIZE);
  private final Pointer payload = Posix.allocateUncleared(Agreement.MAX_TRANSFER);
  private final Pointer vector = Posix.allocate(VECTOR_SIZE);

  RingEntry(RingThread owner, int queue, int number) {
    this.owner = owner;
    this.queue = queue;
    this.number = number;
    vector.putLong(0, header.address());
    vector.putLong(8, HEADER_SIZE);
    vector.putLong(16, payload.address());
    vector.putLong(24, Agreement.MAX_TRANSFER);
  }

  int queue() {
    return queue;
  }

  /** Among its owner's. */
  int number() {
    return number;
  }

  /** The address of the {@link #PARTS} parts. */
  long address() {
    return vector.address();
  }

  /** What the kernel knows the request in it by. */
  long commitId() {
    return header.getLong(COMMIT_ID_AT);
  }

  /**
   * Puts the request together as it would have been read from the device.
   *
   * @return its length
   */
  int assemble(Pointer memory) {
    int length = header.getInt(0);
    int rest = header.getInt(PAYLOAD_SIZE_AT);
    int operation = length - Request.HEADER - rest;
    if (rest < 0 || rest > Agreement.MAX_TRANSFER || operation < 0 || operation > OPERATION_SIZE) {
      throw new MalformedRequestException(
          "a request of " + length + " bytes with a payload of " + rest);
    }
    header.transferTo(0, memory, 0, Request.HEADER);
    header.transferTo(OPERATION_AT, memory, Request.HEADER, operation);
    payload.transferTo(0, memory, Request.HEADER + (long) operation, rest);
    return length;
  }

  @Override
  public boolean send(Pointer memory, int length) throws ErrnoException {
    int body = length - Reply.HEADER;
    memory.transferTo(0, header, 0, Reply.HEADER);
    memory.transferTo(Reply.HEADER, payload, 0, body);
    header.putInt(PAYLOAD_SIZE_AT, body);
    return owner.commit(this);
  }

  @Override
  public boolean isShared() {
    return true;
  }
}
