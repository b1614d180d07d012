package io.trifold.fuse.jnr;

import io.trifold.posix.Posix;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import jnr.ffi.provider.ClosureManager;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * {@code struct fuse_operations}, by jnr-fuse's layout, filled with callbacks that take names as
 * bytes. It keeps the callbacks: native code may call them as long as this is reachable.
 */
final class OperationTable {
  /** The int of flags, which jnr-fuse declares as padding. */
  private static final int FLAGS = 304;

  private static final int NULLPATH_OK = 1;
  private static final int NOPATH = 1 << 1;
  private static final int UTIME_OMIT_OK = 1 << 2;

  private final FuseOperations layout = new FuseOperations(Posix.runtime());
  private final Pointer memory = Posix.allocate(Struct.size(layout));
  private final ClosureManager closures = Posix.runtime().getClosureManager();
  private final List<Object> reachable = new ArrayList<>();

  OperationTable() {
    memory.putInt(FLAGS, NULLPATH_OK | NOPATH | UTIME_OMIT_OK);
  }

  Pointer memory() {
    return memory;
  }

  int size() {
    return Struct.size(layout);
  }

  private <T> void set(long offset, Class<T> shape, T callback) {
    Pointer function = closures.getClosurePointer(shape, callback);
    reachable.add(callback);
    reachable.add(function);
    memory.putPointer(offset, function);
  }

  void init(Callbacks.Init callback) {
    set(layout.init.offset(), Callbacks.Init.class, callback);
  }

  void getattr(Callbacks.PP callback) {
    set(layout.getattr.offset(), Callbacks.PP.class, callback);
  }

  void readlink(Callbacks.PPL callback) {
    set(layout.readlink.offset(), Callbacks.PPL.class, callback);
  }

  void mknod(Callbacks.PIL callback) {
    set(layout.mknod.offset(), Callbacks.PIL.class, callback);
  }

  void mkdir(Callbacks.PI callback) {
    set(layout.mkdir.offset(), Callbacks.PI.class, callback);
  }

  void unlink(Callbacks.P callback) {
    set(layout.unlink.offset(), Callbacks.P.class, callback);
  }

  void rmdir(Callbacks.P callback) {
    set(layout.rmdir.offset(), Callbacks.P.class, callback);
  }

  void symlink(Callbacks.PP callback) {
    set(layout.symlink.offset(), Callbacks.PP.class, callback);
  }

  void rename(Callbacks.PP callback) {
    set(layout.rename.offset(), Callbacks.PP.class, callback);
  }

  void link(Callbacks.PP callback) {
    set(layout.link.offset(), Callbacks.PP.class, callback);
  }

  void chmod(Callbacks.PI callback) {
    set(layout.chmod.offset(), Callbacks.PI.class, callback);
  }

  void chown(Callbacks.PII callback) {
    set(layout.chown.offset(), Callbacks.PII.class, callback);
  }

  void truncate(Callbacks.PL callback) {
    set(layout.truncate.offset(), Callbacks.PL.class, callback);
  }

  void utimens(Callbacks.PP callback) {
    set(layout.utimens.offset(), Callbacks.PP.class, callback);
  }

  void open(Callbacks.PP callback) {
    set(layout.open.offset(), Callbacks.PP.class, callback);
  }

  void create(Callbacks.PIP callback) {
    set(layout.create.offset(), Callbacks.PIP.class, callback);
  }

  void opendir(Callbacks.PP callback) {
    set(layout.opendir.offset(), Callbacks.PP.class, callback);
  }

  void statfs(Callbacks.PP callback) {
    set(layout.statfs.offset(), Callbacks.PP.class, callback);
  }

  void setxattr(Callbacks.PPPLI callback) {
    set(layout.setxattr.offset(), Callbacks.PPPLI.class, callback);
  }

  void getxattr(Callbacks.PPPL callback) {
    set(layout.getxattr.offset(), Callbacks.PPPL.class, callback);
  }

  void listxattr(Callbacks.PPL callback) {
    set(layout.listxattr.offset(), Callbacks.PPL.class, callback);
  }

  void removexattr(Callbacks.PP callback) {
    set(layout.removexattr.offset(), Callbacks.PP.class, callback);
  }

  void fgetattr(Callbacks.PPP callback) {
    set(layout.fgetattr.offset(), Callbacks.PPP.class, callback);
  }

  void ftruncate(Callbacks.PLP callback) {
    set(layout.ftruncate.offset(), Callbacks.PLP.class, callback);
  }

  void read(Callbacks.PPLLP callback) {
    set(layout.read.offset(), Callbacks.PPLLP.class, callback);
  }

  void write(Callbacks.PPLLP callback) {
    set(layout.write.offset(), Callbacks.PPLLP.class, callback);
  }

  void flush(Callbacks.PP callback) {
    set(layout.flush.offset(), Callbacks.PP.class, callback);
  }

  void release(Callbacks.PP callback) {
    set(layout.release.offset(), Callbacks.PP.class, callback);
  }

  void fsync(Callbacks.PIP callback) {
    set(layout.fsync.offset(), Callbacks.PIP.class, callback);
  }

  void readdir(Callbacks.PPPLP callback) {
    set(layout.readdir.offset(), Callbacks.PPPLP.class, callback);
  }

  void releasedir(Callbacks.PP callback) {
    set(layout.releasedir.offset(), Callbacks.PP.class, callback);
  }

  void fsyncdir(Callbacks.PIP callback) {
    set(layout.fsyncdir.offset(), Callbacks.PIP.class, callback);
  }

  void lock(Callbacks.PPIP callback) {
    set(layout.lock.offset(), Callbacks.PPIP.class, callback);
  }

  void flock(Callbacks.PPI callback) {
    set(layout.flock.offset(), Callbacks.PPI.class, callback);
  }

  void fallocate(Callbacks.PILLP callback) {
    set(layout.fallocate.offset(), Callbacks.PILLP.class, callback);
  }
}
