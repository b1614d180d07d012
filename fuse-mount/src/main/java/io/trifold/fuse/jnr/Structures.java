package io.trifold.fuse.jnr;

import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;
import io.trifold.posix.Stat;
import io.trifold.posix.StatFs;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.Flock;
import ru.serce.jnrfuse.struct.Statvfs;

/**
 * The C structures that callbacks fill, by jnr-fuse's layouts, which know the platforms. One for
 * each thread: it is laid over the memory that a callback was given.
 */
final class Structures {
  private static final ThreadLocal<Structures> MINE = ThreadLocal.withInitial(Structures::new);

  private final FileStat stat = new FileStat(Posix.runtime());
  private final Statvfs statvfs = new Statvfs(Posix.runtime());
  private final Pointer entry = Posix.allocate(Struct.size(stat));

  private Structures() {}

  static void put(Stat from, Pointer memory) {
    FileStat to = MINE.get().stat;
    to.useMemory(memory);
    to.st_ino.set(from.inode());
    to.st_mode.set(from.mode());
    to.st_nlink.set(from.links());
    to.st_uid.set(from.uid());
    to.st_gid.set(from.gid());
    to.st_rdev.set(Device.toNative(from.rdev()));
    to.st_size.set(from.size());
    to.st_blksize.set(from.blockSize());
    to.st_blocks.set(from.blocks());
    to.st_atim.tv_sec.set(from.accessSeconds());
    to.st_atim.tv_nsec.set(from.accessNanos());
    to.st_mtim.tv_sec.set(from.modifySeconds());
    to.st_mtim.tv_nsec.set(from.modifyNanos());
    to.st_ctim.tv_sec.set(from.changeSeconds());
    to.st_ctim.tv_nsec.set(from.changeNanos());
  }

  /** What a directory says of an entry, valid until this thread's next call. */
  static Pointer entry(long inode, int type) {
    Structures mine = MINE.get();
    mine.stat.useMemory(mine.entry);
    mine.stat.st_ino.set(inode);
    mine.stat.st_mode.set(type);
    return mine.entry;
  }

  static void put(StatFs from, Pointer memory) {
    Statvfs to = MINE.get().statvfs;
    to.useMemory(memory);
    to.f_bsize.set(from.blockSize());
    to.f_frsize.set(from.fragmentSize());
    to.f_blocks.set(from.blocks());
    to.f_bfree.set(from.blocksFree());
    to.f_bavail.set(from.blocksAvailable());
    to.f_files.set(from.files());
    to.f_ffree.set(from.filesFree());
    to.f_favail.set(from.filesFree());
    to.f_namemax.set(from.nameMax());
  }

  /** A {@code struct flock} from libfuse: its start counts from the beginning of the file. */
  static RecordLock lock(Pointer memory) {
    Flock from = Flock.of(memory);
    long start = from.l_start.get();
    long length = from.l_len.get();
    return new RecordLock(
        from.l_type.get(),
        start,
        length == 0 ? Long.MAX_VALUE : start + length - 1,
        from.l_pid.intValue());
  }

  static void put(RecordLock from, Pointer memory) {
    Flock to = Flock.of(memory);
    to.l_type.set((short) from.type());
    to.l_whence.set((short) 0);
    to.l_start.set(from.start());
    to.l_len.set(from.end() == Long.MAX_VALUE ? 0 : from.end() - from.start() + 1);
    to.l_pid.set(from.pid());
  }
}
