package io.trifold.fuse;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.RecordLock;
import io.trifold.posix.StatFs;
import jnr.ffi.Pointer;

/**
 * A filesystem, as a set of nodes. One method for each request of the FUSE protocol; an {@link
 * ErrnoException} is the answer in case of an error, and any other exception is {@code EIO}. Names
 * are single components, already checked to be neither empty, nor ".", nor "..", and without slash
 * or NUL.
 *
 * <p>All methods are called by many threads at once. Permissions have been checked by the kernel
 * ({@code default_permissions}). A node number is valid from the answer that named it until as many
 * {@link #forget}s as there were answers; a number that is not known gives {@code ESTALE}.
 */
public interface FuseOperations {
  /** The node of the mount's root. */
  long ROOT = 1;

  /**
   * Whether requests on this node may block for long (shared storage). A transport then runs them
   * on other threads than those that serve everybody.
   */
  boolean mayBlock(long node);

  /**
   * Whether an open, flush, sync or release of this file may wait for long for something else than
   * storage, as long as its caller is not interrupted: {@link Interruption}. A transport runs them,
   * too, on other threads than those that serve everybody.
   */
  default boolean mayWait(long node) {
    return false;
  }

  /** What stands at a name. Absence is an answer ({@link Entry#absent}), not an error. */
  Entry lookup(Caller caller, long parent, String name) throws ErrnoException;

  /** The kernel drops {@code count} references to the node. */
  void forget(long node, long count);

  /**
   * What {@code stat(2)} says of the node.
   *
   * @param handle an open file of this node, 0 if none
   */
  Attributes getattr(Caller caller, long node, long handle) throws ErrnoException;

  Attributes setattr(Caller caller, long node, AttributeChange change) throws ErrnoException;

  String readlink(Caller caller, long node) throws ErrnoException;

  /**
   * Makes a file of any type but directory and symlink.
   *
   * @param mode type and permissions
   * @param umask taken from the permissions, unless the directory's default ACL has its place
   * @param rdev {@code major << 32 | minor} of a device
   */
  Entry mknod(Caller caller, long parent, String name, int mode, int umask, long rdev)
      throws ErrnoException;

  /**
   * Makes a directory.
   *
   * @param mode permissions
   * @param umask as for {@link #mknod}
   */
  Entry mkdir(Caller caller, long parent, String name, int mode, int umask) throws ErrnoException;

  Entry symlink(Caller caller, long parent, String name, String target) throws ErrnoException;

  Entry link(Caller caller, long node, long newParent, String newName) throws ErrnoException;

  void unlink(Caller caller, long parent, String name) throws ErrnoException;

  void rmdir(Caller caller, long parent, String name) throws ErrnoException;

  /**
   * Moves an entry, over what stands at the new name if flags do not forbid it.
   *
   * @param flags {@code RENAME_NOREPLACE} (1), {@code RENAME_EXCHANGE} (2), see {@code
   *     renameat2(2)}
   */
  void rename(Caller caller, long parent, String name, long newParent, String newName, int flags)
      throws ErrnoException;

  /**
   * Opens a regular file.
   *
   * @param flags of {@code open(2)}
   */
  OpenFile open(Caller caller, long node, int flags) throws ErrnoException;

  /**
   * Makes a regular file and opens it; if it stands there already, opens it as {@code open} does.
   *
   * @param umask as for {@link #mknod}
   */
  Created create(Caller caller, long parent, String name, int mode, int umask, int flags)
      throws ErrnoException;

  /**
   * Makes a regular file without a name and opens it; {@link #link} may give it one ({@code
   * O_TMPFILE}).
   *
   * @param umask as for {@link #mknod}
   */
  Created tmpfile(Caller caller, long parent, int mode, int umask, int flags) throws ErrnoException;

  /**
   * Reads into native memory.
   *
   * @return the bytes read; fewer than {@code count} only at the end of the file
   */
  int read(long node, long handle, long offset, Pointer buffer, int count) throws ErrnoException;

  /**
   * Writes from native memory.
   *
   * @return the bytes written
   */
  int write(Caller caller, long node, long handle, long offset, Pointer buffer, int count)
      throws ErrnoException;

  /** One descriptor of the open file was closed; there may be others. The owner's locks end. */
  void flush(Caller caller, long node, long handle, LockOwner owner) throws ErrnoException;

  /** The open file is gone: nothing refers to it any more, no descriptor and no mapping. */
  void release(long node, long handle) throws ErrnoException;

  /**
   * Returns when the file's content is durable.
   *
   * @param dataOnly as {@code fdatasync(2)}
   */
  void fsync(Caller caller, long node, long handle, boolean dataOnly) throws ErrnoException;

  /**
   * Gives entries from an offset on, until the sink is full or there are no more. "." and ".." are
   * among them. Directories are not opened: an offset is good at any time, whatever was added to
   * the directory or removed from it since it was given.
   *
   * @param offset 0, or the {@code next} of an entry that was given before
   */
  void readdir(Caller caller, long node, long offset, DirectorySink sink) throws ErrnoException;

  /** Returns when the directory's entries are durable. */
  void fsyncdir(Caller caller, long node, boolean dataOnly) throws ErrnoException;

  StatFs statfs(Caller caller, long node) throws ErrnoException;

  byte[] getxattr(Caller caller, long node, String name) throws ErrnoException;

  /**
   * The names of the extended attributes.
   *
   * @return the names, each ending in NUL
   */
  byte[] listxattr(Caller caller, long node) throws ErrnoException;

  /**
   * Sets an extended attribute.
   *
   * @param flags 1 to create only, 2 to replace only, see {@code setxattr(2)}
   */
  void setxattr(Caller caller, long node, String name, byte[] value, int flags)
      throws ErrnoException;

  void removexattr(Caller caller, long node, String name) throws ErrnoException;

  /** The lock that stands in this one's way, or one of type {@link RecordLock#UNLOCK}. */
  RecordLock getlk(long node, long handle, LockOwner owner, RecordLock lock) throws ErrnoException;

  /**
   * Takes or releases a POSIX lock without waiting; a transport asks again for who waits.
   *
   * @return whether it was granted
   */
  boolean setlk(long node, long handle, LockOwner owner, RecordLock lock) throws ErrnoException;

  /**
   * {@code flock(2)} without waiting; a transport asks again for who waits.
   *
   * @param operation {@link io.trifold.posix.Posix#LOCK_SH}, {@code LOCK_EX} or {@code LOCK_UN}
   * @return whether it was granted
   */
  boolean flock(long node, long handle, int operation) throws ErrnoException;

  void fallocate(Caller caller, long node, long handle, int mode, long offset, long length)
      throws ErrnoException;

  /**
   * Finds the next data or hole from an offset on.
   *
   * @param whence {@code SEEK_DATA} (3) or {@code SEEK_HOLE} (4)
   */
  long lseek(long node, long handle, long offset, int whence) throws ErrnoException;

  long copyFileRange(
      Caller caller,
      long node,
      long handle,
      long offset,
      long outNode,
      long outHandle,
      long outOffset,
      long length)
      throws ErrnoException;
}
