package io.trifold.tree;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The open handles by number. A number is never given twice, and never 0. */
final class HandleTable {
  private final Map<Long, OpenHandle> handles = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong();

  long add(OpenHandle handle) {
    long number = last.incrementAndGet();
    handles.put(number, handle);
    return number;
  }

  /** The handle of this number, {@code EBADF} if it is not one of that type. */
  <T extends OpenHandle> T get(long number, Class<T> type) throws ErrnoException {
    OpenHandle handle = handles.get(number);
    if (!type.isInstance(handle)) {
      throw new ErrnoException(Errno.EBADF, "handle " + number);
    }
    return type.cast(handle);
  }

  /** The handle of this number and type, {@code null} if there is none. */
  <T extends OpenHandle> T find(long number, Class<T> type) {
    OpenHandle handle = handles.get(number);
    return type.isInstance(handle) ? type.cast(handle) : null;
  }

  /** The numbers of all handles. */
  List<Long> numbers() {
    return List.copyOf(handles.keySet());
  }

  <T extends OpenHandle> T remove(long number, Class<T> type) throws ErrnoException {
    T handle = get(number, type);
    handles.remove(number);
    return handle;
  }
}
