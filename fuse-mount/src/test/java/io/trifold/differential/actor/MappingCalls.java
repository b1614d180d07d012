package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.HashMap;
import java.util.Map;
import jnr.ffi.Pointer;

/** Files in memory. */
final class MappingCalls {
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MS_SYNC = 4;
  private static final long PAGE = 4096;

  private final Slots slots;
  private final Map<Integer, Mapping> mappings = new HashMap<>();

  /**
   * A mapping.
   *
   * @param fd of its file, to ask how much of it is there
   */
  private record Mapping(long address, long length, boolean shared, boolean writable, int fd) {
    Pointer at(long offset, long count) throws ErrnoException {
      long size = Attributes.of(fd).size();
      long end = Math.min(length, (size + PAGE - 1) / PAGE * PAGE);
      if (offset + count > end) {
        throw new ErrnoException(Errno.EOVERFLOW, "it would be a SIGBUS");
      }
      return Pointer.wrap(Native.RUNTIME, address).slice(offset, count);
    }

    void unmap() {
      C.munmap(address, length);
      C.close(fd);
    }
  }

  MappingCalls(Slots slots) {
    this.slots = slots;
  }

  void addTo(Map<String, Call> calls) {
    calls.put("mmap", this::map);
    calls.put("munmap", this::unmap);
    calls.put("peek", this::peek);
    calls.put("poke", this::poke);
  }

  void unmapAll() {
    mappings.values().forEach(Mapping::unmap);
    mappings.clear();
  }

  private String map(Arguments arguments) throws ErrnoException {
    int number = arguments.number();
    int fd = slots.fd(arguments);
    long length = arguments.wide();
    boolean shared = arguments.text().equals("shared");
    boolean writable = arguments.text().equals("rw");
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    int flags = shared ? MAP_SHARED : MAP_PRIVATE;
    long address = C.mmap(0, length, protection, flags, fd, 0);
    Result.of(address == -1 ? -1 : 0);
    Mapping old = mappings.put(number, new Mapping(address, length, shared, writable, C.dup(fd)));
    if (old != null) {
      old.unmap();
    }
    return "0";
  }

  private String unmap(Arguments arguments) {
    Mapping mapping = mappings.remove(arguments.number());
    if (mapping != null) {
      mapping.unmap();
    }
    return "0";
  }

  private Mapping mapping(Arguments arguments) throws ErrnoException {
    Mapping mapping = mappings.get(arguments.number());
    if (mapping == null) {
      throw new ErrnoException(Errno.EBADF, "no such mapping");
    }
    return mapping;
  }

  private String peek(Arguments arguments) throws ErrnoException {
    Mapping mapping = mapping(arguments);
    long offset = arguments.wide();
    int count = arguments.number();
    byte[] bytes = new byte[count];
    mapping.at(offset, count).get(0, bytes, 0, count);
    return Result.data(bytes);
  }

  /** Writes and has it written back: the time of a change is only sure to show after that. */
  private String poke(Arguments arguments) throws ErrnoException {
    Mapping mapping = mapping(arguments);
    if (!mapping.writable()) {
      throw new ErrnoException(Errno.EACCES, "it would be a SIGSEGV");
    }
    int seed = arguments.number();
    int count = arguments.number();
    long offset = arguments.wide();
    Pointer place = mapping.at(offset, count);
    Memory.pattern(seed, count).transferTo(0, place, 0, count);
    return Result.done(
        mapping.shared() ? C.msync(mapping.address(), mapping.length(), MS_SYNC) : 0);
  }
}
