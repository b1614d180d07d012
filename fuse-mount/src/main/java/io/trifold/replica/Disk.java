package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Metadata;
import io.trifold.queue.Xattrs;
import java.util.List;
import java.util.Optional;

/**
 * The application's own directory tree, as far as the replica needs it. Paths are relative to it;
 * symlinks are never followed, and no path leads out of it. Thread-safe.
 */
interface Disk {
  /** What stands at the path; empty if nothing does, or something else than a directory above. */
  Optional<Stat> look(String path) throws ErrnoException;

  /** The entries of a directory, in no order. */
  List<Listed> list(String directory) throws ErrnoException;

  /**
   * An entry of a directory.
   *
   * @param kind empty for what never travels
   */
  record Listed(String name, Optional<Kind> kind) {}

  /** Where a symlink points. */
  String readlink(String path) throws ErrnoException;

  /** Opens a file for reading. */
  Source read(String path) throws ErrnoException;

  /**
   * The same, past the kernel's cache where the filesystem can: what is read is what the disk
   * holds, and what callers have in the cache stays there.
   */
  default Source readUncached(String path) throws ErrnoException {
    return read(path);
  }

  /** A file open for reading. Of one thread. */
  interface Source extends AutoCloseable {
    Stat stat() throws ErrnoException;

    /** Fills the buffer from this offset of the file; less only at its end. The bytes read. */
    int read(long offset, byte[] buffer, int length) throws ErrnoException;

    /** Where, from this offset on, the file may have other bytes than zeros; its end if nowhere. */
    long dataFrom(long offset) throws ErrnoException;

    /** As {@link Disk#xattrs}. */
    Xattrs xattrs(Xattrs log) throws ErrnoException;

    @Override
    void close();
  }

  /** Makes a new file, for its owner alone, and opens it for writing. */
  Sink write(String path) throws ErrnoException;

  /** A file open for writing, one byte after the other. Of one thread. */
  interface Sink extends AutoCloseable {
    void write(byte[] bytes) throws ErrnoException;

    /** Goes on behind so many bytes, which are zeros and take no room on the disk. */
    void skip(long count) throws ErrnoException;

    /** The file ends here: to be called behind the last byte. */
    void finish() throws ErrnoException;

    @Override
    void close();
  }

  /** Makes a directory, for its owner alone. */
  void mkdir(String path) throws ErrnoException;

  void symlink(String target, String path) throws ErrnoException;

  /** Gives a file another name, which must be free. */
  void link(String path, String newPath) throws ErrnoException;

  /** Puts a path in the place of another, which it replaces if it can. */
  void rename(String path, String newPath) throws ErrnoException;

  void unlink(String path) throws ErrnoException;

  void rmdir(String path) throws ErrnoException;

  /**
   * Gives what stands at the path this metadata. An owner or group that this host does not know, or
   * that this process may not give, stays as it is.
   */
  void dress(String path, Metadata metadata) throws ErrnoException;

  /** Gives a directory the mode and owners of another. */
  void dressLike(String path, String model) throws ErrnoException;

  /** Waits until a file's content and metadata, or a directory's entries, are on the disk. */
  void sync(String path) throws ErrnoException;

  /** Waits until all of the filesystem that this directory is on is on the disk. */
  void syncFilesystem(String directory) throws ErrnoException;

  /**
   * The names of what stands there: what was found, in the words of the log; without extended
   * attributes.
   */
  Metadata metadata(Stat found);

  /**
   * What travels of the extended attributes of what stands at the path, its access control lists
   * included. What this disk cannot hold is taken to be as the log has it.
   *
   * @param log what the log says they are
   */
  Xattrs xattrs(String path, Xattrs log) throws ErrnoException;
}
