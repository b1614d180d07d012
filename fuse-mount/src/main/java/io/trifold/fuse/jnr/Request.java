package io.trifold.fuse.jnr;

import io.trifold.rules.FileNames;
import jnr.ffi.Pointer;

/**
 * The request that a thread is answering, as the kernel sent it: for the few questions about it
 * that libfuse does not pass on to its callbacks.
 *
 * @see <a href="https://man7.org/linux/man-pages/man4/fuse.4.html">fuse(4)</a>
 */
final class Request {
  static final int FORGET = 2;
  static final int UNLINK = 10;
  static final int RENAME = 12;
  static final int FLUSH = 25;
  static final int BATCH_FORGET = 42;

  private static final int HEADER = 40;
  private static final int RENAME_IN = 8;
  private static final ThreadLocal<Request> CURRENT = new ThreadLocal<>();

  private final Pointer message;
  private final int length;

  Request(Pointer message, int length) {
    this.message = message;
    this.length = length;
  }

  /** Whether this thread is answering a request of this kind. */
  static boolean is(int opcode) {
    Request request = CURRENT.get();
    return request != null && request.opcode() == opcode;
  }

  /** The request of this thread, null outside of one. */
  static Request current() {
    return CURRENT.get();
  }

  void begin() {
    CURRENT.set(this);
  }

  static void end() {
    CURRENT.remove();
  }

  int opcode() {
    return message.getInt(4);
  }

  /** libfuse's number of the node that the request is about. */
  long libfuseNode() {
    return message.getLong(16);
  }

  /** The new name that a {@code RENAME} asks for. */
  String newName() {
    int oldName = HEADER + RENAME_IN;
    int newName = oldName + message.indexOf(oldName, (byte) 0, length - oldName) + 1;
    byte[] bytes = new byte[message.indexOf(newName, (byte) 0, length - newName)];
    message.get(newName, bytes, 0, bytes.length);
    return FileNames.decode(bytes);
  }
}
