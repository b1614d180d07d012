package io.trifold.tree;

import io.trifold.posix.Posix;
import java.util.ArrayDeque;
import java.util.Deque;
import jnr.ffi.Pointer;

/**
 * Memory between a transport's and a call on the shared storage. The call may be given up and come
 * back at any later time: it must not find another request's bytes there, or leave its own.
 */
final class TransferMemory {
  /** The largest transfer that the kernel asks for. */
  private static final int SIZE = 1 << 20;

  private static final int MOST_IDLE = 8;

  /** Guarded by itself. */
  private final Deque<Pointer> idle = new ArrayDeque<>();

  /** Memory of at least this size. What is not given back is freed when nobody refers to it. */
  Pointer take(int count) {
    if (count > SIZE) {
      return Posix.allocateUncleared(count);
    }
    synchronized (idle) {
      return idle.isEmpty() ? Posix.allocateUncleared(SIZE) : idle.pop();
    }
  }

  /** By way of the heap: {@code Pointer.transferTo} loses the offset of a slice. */
  static void copy(Pointer from, Pointer to, int count) {
    byte[] bytes = new byte[count];
    from.get(0, bytes, 0, count);
    to.put(0, bytes, 0, count);
  }

  /** Nobody uses it any more. */
  void giveBack(Pointer memory) {
    synchronized (idle) {
      if (memory.size() == SIZE && idle.size() < MOST_IDLE) {
        idle.push(memory);
      }
    }
  }
}
