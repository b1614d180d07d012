package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.util.Map;
import jnr.ffi.Pointer;

/** Opening, reading, writing, allocating. */
final class FileCalls {
  private static final int CURRENT = 1;
  private static final int BLOCK = 4096;
  private static final String A_DIRECTORY = "a directory";

  private final Slots slots;

  FileCalls(Slots slots) {
    this.slots = slots;
  }

  void addTo(Map<String, Call> calls) {
    calls.put("open", this::open);
    calls.put("close", arguments -> Result.done(slots.close(arguments.number())));
    calls.put("read", this::read);
    calls.put("write", this::write);
    calls.put("pread", this::pread);
    calls.put("pwrite", this::pwrite);
    calls.put("lseek", this::lseek);
    calls.put("truncate", a -> Result.done(C.truncate(a.path(), a.wide())));
    calls.put("ftruncate", a -> Result.done(C.ftruncate(slots.fd(a), a.wide())));
    calls.put("fallocate", this::fallocate);
    calls.put("posix_fallocate", this::posixFallocate);
    calls.put("copy", this::copy);
    calls.put("fsync", a -> Result.done(C.fsync(slots.fd(a))));
    calls.put("fdatasync", a -> Result.done(C.fdatasync(slots.fd(a))));
  }

  private String open(Arguments arguments) throws ErrnoException {
    int slot = arguments.number();
    slots.close(slot);
    byte[] path = arguments.path();
    int flags = arguments.flags();
    slots.put(slot, (int) Result.of(C.open(path, flags, arguments.number())), flags);
    return "0";
  }

  private String read(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    long count = arguments.wide();
    if (slots.isDirectory(fd)) {
      return A_DIRECTORY;
    }
    requireAligned(fd, count, C.lseek(fd, 0, CURRENT));
    return Result.data(Memory.bytes(Result.of(C.read(fd, Memory.BUFFER, count))));
  }

  private String write(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    int seed = arguments.number();
    int count = arguments.number();
    requireAligned(fd, count, C.lseek(fd, 0, CURRENT));
    return Result.done(C.write(fd, Memory.pattern(seed, count), count));
  }

  private String pread(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    long count = arguments.wide();
    long offset = arguments.wide();
    requireAligned(fd, count, offset);
    return Result.data(Memory.bytes(Result.of(C.pread(fd, Memory.BUFFER, count, offset))));
  }

  private String pwrite(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    int seed = arguments.number();
    int count = arguments.number();
    long offset = arguments.wide();
    requireAligned(fd, count, offset);
    return Result.done(C.pwrite(fd, Memory.pattern(seed, count), count, offset));
  }

  /** Unaligned direct I/O is left out: whether it can be done is the disk's own affair. */
  private void requireAligned(int fd, long count, long offset) throws ErrnoException {
    if (slots.isDirect(fd) && (count % BLOCK != 0 || offset % BLOCK != 0)) {
      throw new ErrnoException(Errno.EINVAL, "unaligned");
    }
  }

  /** The offsets of a directory mean something only to the filesystem that gave them. */
  private String lseek(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    if (slots.isDirectory(fd)) {
      return A_DIRECTORY;
    }
    return Result.done(C.lseek(fd, arguments.wide(), arguments.flags()));
  }

  private String fallocate(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    int mode = arguments.flags();
    return Result.done(C.fallocate(fd, mode, arguments.wide(), arguments.wide()));
  }

  /** Gives its error number as its result. */
  private String posixFallocate(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    int error = C.posix_fallocate(fd, arguments.wide(), arguments.wide());
    if (error != 0) {
      throw new ErrnoException(error, "");
    }
    return "0";
  }

  private String copy(Arguments arguments) throws ErrnoException {
    int in = slots.fd(arguments);
    Pointer offsetIn = Memory.BUFFER;
    offsetIn.putLong(0, arguments.wide());
    int out = slots.fd(arguments);
    if (slots.isDirect(in) || slots.isDirect(out)) {
      throw new ErrnoException(Errno.EINVAL, "perhaps unaligned");
    }
    Pointer offsetOut = Memory.BUFFER.slice(8);
    offsetOut.putLong(0, arguments.wide());
    return Result.done(C.copy_file_range(in, offsetIn, out, offsetOut, arguments.wide(), 0));
  }
}
