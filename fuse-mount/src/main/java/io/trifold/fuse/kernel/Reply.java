package io.trifold.fuse.kernel;

import io.trifold.fuse.Attributes;
import io.trifold.fuse.Entry;
import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;
import io.trifold.posix.Stat;
import io.trifold.posix.StatFs;
import jnr.ffi.Pointer;

/**
 * An answer to the kernel in the making: {@code struct fuse_out_header}, then the body, to which
 * each method adds. The memory is used again: every byte of a structure is written, padding too, so
 * that nothing of an earlier answer goes out.
 */
final class Reply {
  static final int HEADER = 16;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_BTIME = 0x800;
  private static final long NANOS = 1_000_000_000L;

  private final Pointer memory;
  private final int capacity;
  private int size;
  private boolean withheld;

  /**
   * @param capacity of the body
   */
  Reply(int capacity) {
    this.memory = Posix.allocateUncleared(HEADER + capacity);
    this.capacity = capacity;
  }

  /** Begins the next answer. */
  void begin() {
    size = HEADER;
    withheld = false;
  }

  /** There is no answer to this request, or it comes later from elsewhere. */
  void withhold() {
    withheld = true;
  }

  boolean withheld() {
    return withheld;
  }

  /**
   * Completes the answer.
   *
   * @param errno 0, or the error that is the answer, in place of the body
   * @return its length in {@link #memory}
   */
  int finish(long unique, int errno) {
    int length = errno == 0 ? size : HEADER;
    memory.putInt(0, length);
    memory.putInt(4, -errno);
    memory.putLong(8, unique);
    return length;
  }

  Pointer memory() {
    return memory;
  }

  /** How many bytes the body can still take. */
  int room() {
    return HEADER + capacity - size;
  }

  /** Memory for so many bytes at the body's end, which {@link #took} then makes part of it. */
  Pointer ahead(int count) {
    return memory.slice(size, count);
  }

  void took(int count) {
    size += count;
  }

  void int32(int value) {
    memory.putInt(size, value);
    size += Integer.BYTES;
  }

  void int64(long value) {
    memory.putLong(size, value);
    size += Long.BYTES;
  }

  void bytes(byte[] bytes) {
    memory.put(size, bytes, 0, bytes.length);
    size += bytes.length;
  }

  void zeros(int count) {
    memory.setMemory(size, count, (byte) 0);
    size += count;
  }

  /** {@code struct fuse_entry_out}, 128 bytes. */
  void entry(Entry entry) {
    int64(entry.node());
    int64(entry.generation());
    int64(entry.nameNanos() / NANOS);
    int64(entry.attributeNanos() / NANOS);
    int32((int) (entry.nameNanos() % NANOS));
    int32((int) (entry.attributeNanos() % NANOS));
    if (entry.stat() == null) {
      zeros(88);
    } else {
      stat(entry.stat());
    }
  }

  /** {@code struct fuse_attr_out}, 104 bytes. */
  void attributes(Attributes attributes) {
    int64(attributes.nanos() / NANOS);
    int32((int) (attributes.nanos() % NANOS));
    int32(0);
    stat(attributes.stat());
  }

  /** {@code struct fuse_statx_out}, 288 bytes. */
  void statx(Attributes attributes) {
    Stat stat = attributes.stat();
    boolean born = stat.birthSeconds() != 0;
    int64(attributes.nanos() / NANOS);
    int32((int) (attributes.nanos() % NANOS));
    zeros(20);
    int32(STATX_BASIC_STATS | (born ? STATX_BTIME : 0));
    int32(stat.blockSize());
    int64(0);
    int32(stat.links());
    int32(stat.uid());
    int32(stat.gid());
    int32(stat.mode());
    int64(stat.inode());
    int64(stat.size());
    int64(stat.blocks());
    int64(0);
    time(stat.accessSeconds(), stat.accessNanos());
    time(stat.birthSeconds(), stat.birthNanos());
    time(stat.changeSeconds(), stat.changeNanos());
    time(stat.modifySeconds(), stat.modifyNanos());
    int32((int) (stat.rdev() >>> 32));
    int32((int) stat.rdev());
    zeros(8 + 14 * Long.BYTES);
  }

  /** {@code struct fuse_sx_time}, 16 bytes. */
  private void time(long seconds, int nanos) {
    int64(seconds);
    int32(nanos);
    int32(0);
  }

  /** {@code struct fuse_attr}, 88 bytes. */
  private void stat(Stat stat) {
    int64(stat.inode());
    int64(stat.size());
    int64(stat.blocks());
    int64(stat.accessSeconds());
    int64(stat.modifySeconds());
    int64(stat.changeSeconds());
    int32(stat.accessNanos());
    int32(stat.modifyNanos());
    int32(stat.changeNanos());
    int32(stat.mode());
    int32(stat.links());
    int32(stat.uid());
    int32(stat.gid());
    int32(DeviceNumber.toKernel(stat.rdev()));
    int32(stat.blockSize());
    int32(0);
  }

  /**
   * {@code struct fuse_open_out}, 16 bytes.
   *
   * @param flags {@code FOPEN_…}
   */
  void open(long handle, int flags, int backingId) {
    int64(handle);
    int32(flags);
    int32(backingId);
  }

  /** {@code struct fuse_kstatfs}, 80 bytes. */
  void statFs(StatFs stat) {
    int64(stat.blocks());
    int64(stat.blocksFree());
    int64(stat.blocksAvailable());
    int64(stat.files());
    int64(stat.filesFree());
    int32((int) stat.blockSize());
    int32((int) stat.nameMax());
    int32((int) stat.fragmentSize());
    zeros(28);
  }

  /** {@code struct fuse_file_lock}, 24 bytes. */
  void lock(RecordLock lock) {
    int64(lock.start());
    int64(lock.end());
    int32(lock.type());
    int32(lock.pid());
  }
}
