package io.trifold.differential.actor;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** The C library's functions, as they are. Public only for the class that jnr-ffi makes of it. */
public interface Native {
  Native C = LibraryLoader.create(Native.class).load("c");
  Runtime RUNTIME = Runtime.getRuntime(C);

  int open(@In byte[] path, int flags, int mode);

  int openat(int directory, @In byte[] path, int flags, int mode);

  int close(int fd);

  int dup(int fd);

  @ssize_t
  long read(int fd, Pointer buffer, @size_t long count);

  @ssize_t
  long write(int fd, Pointer buffer, @size_t long count);

  @ssize_t
  long pread(int fd, Pointer buffer, @size_t long count, long offset);

  @ssize_t
  long pwrite(int fd, Pointer buffer, @size_t long count, long offset);

  long lseek(int fd, long offset, int whence);

  int truncate(@In byte[] path, long length);

  int ftruncate(int fd, long length);

  int fallocate(int fd, int mode, long offset, long length);

  int posix_fallocate(int fd, long offset, long length);

  @ssize_t
  long copy_file_range(
      int in, Pointer offsetIn, int out, Pointer offsetOut, @size_t long length, int flags);

  int fsync(int fd);

  int fdatasync(int fd);

  int mkdir(@In byte[] path, int mode);

  int mknod(@In byte[] path, int mode, long device);

  int symlink(@In byte[] target, @In byte[] path);

  @ssize_t
  long readlink(@In byte[] path, Pointer buffer, @size_t long size);

  int linkat(int directory, @In byte[] path, int newDirectory, @In byte[] newPath, int flags);

  int unlink(@In byte[] path);

  int unlinkat(int directory, @In byte[] path, int flags);

  int rmdir(@In byte[] path);

  int renameat2(int directory, @In byte[] path, int newDirectory, @In byte[] newPath, int flags);

  int chmod(@In byte[] path, int mode);

  int fchmod(int fd, int mode);

  int chown(@In byte[] path, int uid, int gid);

  int lchown(@In byte[] path, int uid, int gid);

  int fchown(int fd, int uid, int gid);

  int utimensat(int directory, @In byte[] path, Pointer times, int flags);

  int futimens(int fd, Pointer times);

  int statx(int directory, @In byte[] path, int flags, int mask, Pointer buffer);

  int access(@In byte[] path, int mode);

  int statfs(@In byte[] path, Pointer buffer);

  int setxattr(@In byte[] path, @In byte[] name, @In byte[] value, @size_t long size, int flags);

  @ssize_t
  long getxattr(@In byte[] path, @In byte[] name, Pointer value, @size_t long size);

  @ssize_t
  long lgetxattr(@In byte[] path, @In byte[] name, Pointer value, @size_t long size);

  @ssize_t
  long listxattr(@In byte[] path, Pointer list, @size_t long size);

  @ssize_t
  long llistxattr(@In byte[] path, Pointer list, @size_t long size);

  int removexattr(@In byte[] path, @In byte[] name);

  @ssize_t
  long getdents64(int fd, Pointer buffer, @size_t long size);

  int chdir(@In byte[] path);

  int fchdir(int fd);

  int umask(int mask);

  long mmap(long address, @size_t long length, int protection, int flags, int fd, long offset);

  int munmap(long address, @size_t long length);

  int msync(long address, @size_t long length, int flags);

  int flock(int fd, int operation);

  int fcntl(int fd, int command, Pointer argument);

  /** Of the calls that are wanted for one thread alone, where the library's is for all. */
  long syscall(long number, long argument1, long argument2, long argument3);

  long syscall(long number, long argument1, Pointer argument2);
}
