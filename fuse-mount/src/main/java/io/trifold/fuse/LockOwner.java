package io.trifold.fuse;

/**
 * Who holds a POSIX lock: an opaque number from the kernel, one for each process's table of files.
 */
public record LockOwner(long id) {}
