package io.trifold.replica;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Metadata;
import io.trifold.queue.Xattrs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/** A disk on which somebody does something after each piece that is read of a file. */
class MeddledDisk implements Disk {
  private final Disk disk;
  private final Meddling meddling;

  MeddledDisk(Disk disk, Meddling meddling) {
    this.disk = disk;
    this.meddling = meddling;
  }

  interface Meddling {
    void run() throws IOException;
  }

  @Override
  public Optional<Stat> look(String path) throws ErrnoException {
    return disk.look(path);
  }

  @Override
  public List<Listed> list(String directory) throws ErrnoException {
    return disk.list(directory);
  }

  @Override
  public String readlink(String path) throws ErrnoException {
    return disk.readlink(path);
  }

  /** What is read in the place of a byte that the disk holds. */
  byte meddle(String path, byte read) {
    return read;
  }

  @Override
  public Source read(String path) throws ErrnoException {
    Source source = disk.read(path);
    return new Source() {
      @Override
      public Stat stat() throws ErrnoException {
        return source.stat();
      }

      @Override
      public int read(long offset, byte[] buffer, int length) throws ErrnoException {
        int read = source.read(offset, buffer, length);
        for (int i = 0; i < read; i++) {
          buffer[i] = meddle(path, buffer[i]);
        }
        try {
          meddling.run();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        return read;
      }

      @Override
      public long dataFrom(long offset) throws ErrnoException {
        return source.dataFrom(offset);
      }

      @Override
      public Xattrs xattrs(Xattrs log) throws ErrnoException {
        return source.xattrs(log);
      }

      @Override
      public void close() {
        source.close();
      }
    };
  }

  @Override
  public Sink write(String path) throws ErrnoException {
    return disk.write(path);
  }

  @Override
  public void mkdir(String path) throws ErrnoException {
    disk.mkdir(path);
  }

  @Override
  public void symlink(String target, String path) throws ErrnoException {
    disk.symlink(target, path);
  }

  @Override
  public void link(String path, String newPath) throws ErrnoException {
    disk.link(path, newPath);
  }

  @Override
  public void rename(String path, String newPath) throws ErrnoException {
    disk.rename(path, newPath);
  }

  @Override
  public void unlink(String path) throws ErrnoException {
    disk.unlink(path);
  }

  @Override
  public void rmdir(String path) throws ErrnoException {
    disk.rmdir(path);
  }

  @Override
  public void dress(String path, Metadata metadata) throws ErrnoException {
    disk.dress(path, metadata);
  }

  @Override
  public void dressLike(String path, String model) throws ErrnoException {
    disk.dressLike(path, model);
  }

  @Override
  public void sync(String path) throws ErrnoException {
    disk.sync(path);
  }

  @Override
  public void syncFilesystem(String directory) throws ErrnoException {
    disk.syncFilesystem(directory);
  }

  @Override
  public Metadata metadata(Stat found) {
    return disk.metadata(found);
  }

  @Override
  public Xattrs xattrs(String path, Xattrs log) throws ErrnoException {
    return disk.xattrs(path, log);
  }
}
