package io.trifold.posix;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * The C library's functions, as they are: paths are bytes ending in NUL, failure is a negative
 * result. {@link Posix} is the typed face. Public only because the class that jnr-ffi makes of it
 * is in a class loader of its own.
 */
public interface LibC {
  LibC C = LibraryLoader.create(LibC.class).load("c");
  Runtime RUNTIME = Runtime.getRuntime(C);

  int openat(int directory, @In byte[] path, int flags, int mode);

  long syscall(long number, int directory, @In byte[] path, Pointer how, long size);

  long syscall(long number, int directory, @In byte[] path, int flags);

  long syscall(
      long number, int directory, @In byte[] path, int flags, Pointer attributes, long size);

  long syscall(
      long number, int directory, @In byte[] path, int newDirectory, @In byte[] newPath, int flags);

  long syscall(long number, int count, Pointer parameters);

  long syscall(
      long number, int fd, int submitted, int wanted, int flags, Pointer signals, long size);

  /** The address, or -1. */
  long mmap(
      Pointer address, @size_t long length, int protection, int flags, int fd, @off_t long offset);

  int munmap(long address, @size_t long length);

  int sched_setaffinity(int pid, @size_t long size, Pointer mask);

  int eventfd(int value, int flags);

  int close(int fd);

  int dup(int fd);

  int dup2(int fd, int newFd);

  @ssize_t
  long pread(int fd, Pointer buffer, @size_t long count, long offset);

  @ssize_t
  long pwrite(int fd, Pointer buffer, @size_t long count, long offset);

  @ssize_t
  long read(int fd, Pointer buffer, @size_t long count);

  @ssize_t
  long write(int fd, Pointer buffer, @size_t long count);

  int statx(int directory, @In byte[] path, int flags, int mask, Pointer buffer);

  int statx(int directory, Pointer path, int flags, int mask, Pointer buffer);

  int mkdirat(int directory, @In byte[] path, int mode);

  int mknodat(int directory, @In byte[] path, int mode, long device);

  int unlinkat(int directory, @In byte[] path, int flags);

  int renameat2(int directory, @In byte[] path, int newDirectory, @In byte[] newPath, int flags);

  int linkat(int directory, @In byte[] path, int newDirectory, @In byte[] newPath, int flags);

  int symlinkat(@In byte[] target, int directory, @In byte[] path);

  @ssize_t
  long readlinkat(int directory, @In byte[] path, Pointer buffer, @size_t long size);

  int chmod(@In byte[] path, int mode);

  int fchmod(int fd, int mode);

  int fchownat(int directory, @In byte[] path, int uid, int gid, int flags);

  int fchown(int fd, int uid, int gid);

  int utimensat(int directory, @In byte[] path, Pointer times, int flags);

  int futimens(int fd, Pointer times);

  int ftruncate(int fd, long length);

  int fsync(int fd);

  int fdatasync(int fd);

  int sync_file_range(int fd, @off_t long offset, @off_t long count, int flags);

  int syncfs(int fd);

  int fallocate(int fd, int mode, long offset, long length);

  long lseek(int fd, long offset, int whence);

  @ssize_t
  long copy_file_range(
      int in, Pointer offsetIn, int out, Pointer offsetOut, @size_t long length, int flags);

  @ssize_t
  long getdents64(int fd, Pointer buffer, @size_t long size);

  int fstatvfs(int fd, Pointer buffer);

  @ssize_t
  long getxattr(@In byte[] path, @In byte[] name, Pointer value, @size_t long size);

  int setxattr(@In byte[] path, @In byte[] name, Pointer value, @size_t long size, int flags);

  @ssize_t
  long listxattr(@In byte[] path, Pointer list, @size_t long size);

  int removexattr(@In byte[] path, @In byte[] name);

  int flock(int fd, int operation);

  int fcntl(int fd, int command, Pointer argument);

  int ioctl(int fd, long request, Pointer argument);

  int mount(@In byte[] source, @In byte[] target, @In byte[] type, long flags, @In byte[] data);

  int umount2(@In byte[] target, int flags);

  int setfsuid(int uid);

  int setfsgid(int gid);

  int prctl(int option, long argument2, long argument3, long argument4, long argument5);

  int umask(int mask);

  int unshare(int flags);

  int geteuid();

  int getegid();

  int pipe2(Pointer pair, int flags);

  int socketpair(int domain, int type, int protocol, Pointer pair);

  int socket(int domain, int type, int protocol);

  int setsockopt(int socket, int level, int option, Pointer value, int length);

  int connect(int socket, Pointer address, int length);

  @ssize_t
  long send(int socket, @In byte[] message, @size_t long length, int flags);

  @ssize_t
  long recvmsg(int socket, Pointer message, int flags);

  int posix_spawn(
      Pointer pid,
      @In byte[] program,
      Pointer actions,
      Pointer attributes,
      Pointer arguments,
      Pointer environment);

  int posix_spawn_file_actions_init(Pointer actions);

  int posix_spawn_file_actions_adddup2(Pointer actions, int fd, int newFd);

  int posix_spawn_file_actions_destroy(Pointer actions);

  int waitpid(int pid, Pointer status, int options);
}
