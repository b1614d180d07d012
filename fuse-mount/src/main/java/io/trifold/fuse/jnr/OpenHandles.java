package io.trifold.fuse.jnr;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What is open. libfuse carries one number for each open file or directory; it leads to the node,
 * which stays referenced as long as it is open, and to the filesystem's own handle.
 */
final class OpenHandles {
  /** An open file or directory; it owns its reference to the node. */
  static final class OpenHandle {
    /** A directory has no handle in the filesystem: requests on it name the node alone. */
    private static final long OF_DIRECTORY = 0;

    private final NodeReference reference;
    private final long handle;

    /**
     * libfuse's node, 0 until a request tells: a file that was just made has none that is known.
     */
    private volatile long libfuseNode;

    OpenHandle(NodeReference reference, long handle, long libfuseNode) {
      this.reference = reference;
      this.handle = handle;
      this.libfuseNode = libfuseNode;
    }

    static OpenHandle ofDirectory(NodeReference reference) {
      return new OpenHandle(reference, OF_DIRECTORY, 0);
    }

    NodeReference reference() {
      return reference;
    }

    long node() {
      return reference.node();
    }

    long handle() {
      return handle;
    }

    boolean directory() {
      return handle == OF_DIRECTORY;
    }

    void isOf(long node) {
      if (libfuseNode == 0) {
        libfuseNode = node;
      }
    }
  }

  private final Map<Long, OpenHandle> handles = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong();

  /** Takes over the reference in it; the number to find it by. */
  long add(OpenHandle handle) {
    long number = last.incrementAndGet();
    handles.put(number, handle);
    return number;
  }

  OpenHandle get(long number) throws ErrnoException {
    OpenHandle handle = handles.get(number);
    if (handle == null) {
      throw new ErrnoException(Errno.EBADF, "handle " + number);
    }
    return handle;
  }

  /** The files that are open under one node of libfuse. */
  List<OpenHandle> of(long libfuseNode) {
    return handles.values().stream()
        .filter(open -> !open.directory() && open.libfuseNode == libfuseNode)
        .toList();
  }

  /** Takes it out; the caller closes the reference in it. */
  OpenHandle remove(long number) throws ErrnoException {
    OpenHandle handle = handles.remove(number);
    if (handle == null) {
      throw new ErrnoException(Errno.EBADF, "handle " + number);
    }
    return handle;
  }

  /** Takes out all that are left, one by one. */
  void drain(Consumer<OpenHandle> consumer) {
    for (Long number : List.copyOf(handles.keySet())) {
      OpenHandle handle = handles.remove(number);
      if (handle != null) {
        consumer.accept(handle);
      }
    }
  }
}
