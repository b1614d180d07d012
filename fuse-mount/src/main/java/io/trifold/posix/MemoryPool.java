package io.trifold.posix;

import java.util.ArrayDeque;
import java.util.Deque;
import jnr.ffi.Pointer;

/**
 * Native memory in pieces of one size, for those who need one for a while. Native memory that is
 * only dropped is freed when the collector comes by, and the collector does not see how much of it
 * there is: what is needed again and again is given back here.
 */
public final class MemoryPool {
  private final int size;
  private final int mostIdle;

  /** Guarded by itself. */
  private final Deque<Pointer> idle = new ArrayDeque<>();

  /**
   * @param size of a piece, in bytes
   * @param mostIdle how many pieces are kept for later
   */
  public MemoryPool(int size, int mostIdle) {
    this.size = size;
    this.mostIdle = mostIdle;
  }

  /**
   * Memory of at least this size, which holds anything. What is not given back is freed when nobody
   * refers to it.
   */
  public Pointer take(int count) {
    if (count > size) {
      return Posix.allocateUncleared(count);
    }
    synchronized (idle) {
      return idle.isEmpty() ? Posix.allocateUncleared(size) : idle.pop();
    }
  }

  /** Memory of a piece's size. */
  public Pointer take() {
    return take(size);
  }

  /** Nobody uses it any more. */
  public void giveBack(Pointer memory) {
    synchronized (idle) {
      if (memory.size() == size && idle.size() < mostIdle) {
        idle.push(memory);
      }
    }
  }

  /** By way of the heap: {@code Pointer.transferTo} loses the offset of a slice. */
  public static void copy(Pointer from, Pointer to, int count) {
    byte[] bytes = new byte[count];
    from.get(0, bytes, 0, count);
    to.put(0, bytes, 0, count);
  }
}
