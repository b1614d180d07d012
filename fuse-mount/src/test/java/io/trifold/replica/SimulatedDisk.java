package io.trifold.replica;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.queue.Metadata;
import io.trifold.queue.Xattrs;
import io.trifold.simulation.machine.Filesystem;
import io.trifold.simulation.machine.Flaw;
import io.trifold.simulation.machine.Moments;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One process's view of a simulated disk: before each thing that it does, others have a moment. */
final class SimulatedDisk implements Disk {
  private static final String NOBODY = "root";

  private final Filesystem files;
  private final Moments moments;
  private final SteppedReplica.Witness witness;
  private final Set<Flaw> flaws;
  private final Map<String, Optional<Stat>> seen = new HashMap<>();
  private final Map<String, Stat> reading = new HashMap<>();
  private boolean swapping;

  SimulatedDisk(
      Filesystem files, Moments moments, SteppedReplica.Witness witness, Set<Flaw> flaws) {
    this.files = files;
    this.moments = moments;
    this.witness = witness;
    this.flaws = flaws;
  }

  /** Whether the process is between its second look and its rename. */
  void swapping(boolean now) {
    swapping = now;
  }

  private Optional<Filesystem.Node> find(String path) throws ErrnoException {
    try {
      return Optional.of(files.find(path));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public Optional<Stat> look(String path) throws ErrnoException {
    moments.pass("look " + path);
    if (reading.containsKey(path) && flaws.contains(Flaw.STABILITY_UNCHECKED)) {
      return Optional.of(reading.get(path));
    }
    if (swapping && flaws.contains(Flaw.NO_SECOND_LOOK)) {
      Optional<Stat> before = seen.remove(path);
      if (before != null) {
        return before;
      }
    }
    Optional<Stat> found = find(path).map(Filesystem.Node::stat);
    if (!swapping) {
      seen.put(path, found);
    }
    return found;
  }

  @Override
  public List<Listed> list(String directory) throws ErrnoException {
    moments.pass("list " + directory);
    List<Listed> result = new ArrayList<>();
    files
        .list(directory)
        .forEach((name, node) -> result.add(new Listed(name, Kind.of(node.stat()))));
    return result;
  }

  @Override
  public String readlink(String path) throws ErrnoException {
    moments.pass("readlink " + path);
    Filesystem.Node found = files.find(path);
    if (found.isFile() || found.isDirectory()) {
      throw new ErrnoException(Errno.EINVAL, path);
    }
    return found.target();
  }

  @Override
  public Source read(String path) throws ErrnoException {
    moments.pass("open " + path);
    Filesystem.Node file = files.find(path);
    if (file.isDirectory() || !file.isFile()) {
      throw new ErrnoException(file.isDirectory() ? Errno.EISDIR : Errno.ELOOP, path);
    }
    reading.put(path, file.stat());
    return new Source() {
      @Override
      public Stat stat() {
        moments.pass("stat " + path);
        return flaws.contains(Flaw.STABILITY_UNCHECKED) ? reading.get(path) : file.stat();
      }

      /** In two halves, so that somebody can write in between. */
      @Override
      public int read(long offset, byte[] buffer, int length) {
        int limit = length;
        if (flaws.contains(Flaw.STABILITY_UNCHECKED)) {
          limit = (int) Math.min(length, Math.max(0, reading.get(path).size() - offset));
        }
        int half = copy(offset, buffer, 0, limit / 2);
        int first = Math.min(half, 8);
        moments.pass("read " + path);
        return first == half
            ? half + copy(offset + half, buffer, half, limit - half)
            : first + copy(offset + first, buffer, first, limit - first);
      }

      @Override
      public long dataFrom(long offset) {
        return offset;
      }

      @Override
      public Xattrs xattrs(Xattrs log) {
        return log;
      }

      private int copy(long offset, byte[] buffer, int at, int length) {
        byte[] content = file.content();
        int count = (int) Math.max(0, Math.min(length, content.length - offset));
        System.arraycopy(content, (int) Math.min(offset, content.length), buffer, at, count);
        return count;
      }

      @Override
      public void close() {
        reading.remove(path);
      }
    };
  }

  @Override
  public Sink write(String path) throws ErrnoException {
    moments.pass("create " + path);
    Filesystem.Node file = files.create(path, 0600);
    return new Sink() {
      @Override
      public void write(byte[] bytes) {
        moments.pass("write " + path);
        byte[] before = file.content();
        byte[] after = new byte[before.length + bytes.length];
        System.arraycopy(before, 0, after, 0, before.length);
        System.arraycopy(bytes, 0, after, before.length, bytes.length);
        files.write(file, after);
      }

      @Override
      public void skip(long count) {
        write(new byte[(int) count]);
      }

      @Override
      public void finish() {}

      @Override
      public void close() {}
    };
  }

  @Override
  public void mkdir(String path) throws ErrnoException {
    moments.pass("mkdir " + path);
    files.mkdir(path, 0700);
    witness.placed(path);
  }

  @Override
  public void symlink(String target, String path) throws ErrnoException {
    moments.pass("symlink " + path);
    files.symlink(target, path);
  }

  @Override
  public void link(String path, String newPath) throws ErrnoException {
    moments.pass("link " + path + " " + newPath);
    files.link(path, newPath);
  }

  @Override
  public void rename(String path, String newPath) throws ErrnoException {
    moments.pass("rename " + path + " " + newPath);
    Optional<Filesystem.Node> old = find(newPath);
    if (old.filter(node -> !node.isDirectory()).isPresent()
        && flaws.contains(Flaw.REPLACED_IN_PLACE)) {
      unlink(newPath);
      moments.pass("rename after unlink " + newPath);
    }
    witness.replaces(newPath, old, Optional.of(files.find(path)));
    files.rename(path, newPath);
    witness.placed(newPath);
  }

  @Override
  public void unlink(String path) throws ErrnoException {
    moments.pass("unlink " + path);
    witness.replaces(path, find(path), Optional.empty());
    files.unlink(path);
    witness.placed(path);
  }

  @Override
  public void rmdir(String path) throws ErrnoException {
    moments.pass("rmdir " + path);
    files.rmdir(path);
    witness.placed(path);
  }

  @Override
  public void dress(String path, Metadata metadata) throws ErrnoException {
    moments.pass("dress " + path);
    Filesystem.Node node = files.find(path);
    if (!node.stat().isSymlink()) {
      files.chmod(node, metadata.mode());
    }
    files.setTime(node, metadata.mtimeSeconds(), metadata.mtimeNanos());
    witness.placed(path);
  }

  @Override
  public void dressLike(String path, String model) throws ErrnoException {
    moments.pass("dress " + path);
    files.chmod(files.find(path), files.find(model).mode());
    witness.placed(path);
  }

  @Override
  public void sync(String path) throws ErrnoException {
    moments.pass("sync " + path);
    Filesystem.Node node = files.find(path);
    if (!flaws.contains(Flaw.SYNC_SKIPPED)) {
      files.sync(node);
    }
  }

  @Override
  public void syncFilesystem(String directory) {
    moments.pass("syncfs");
    if (!flaws.contains(Flaw.SYNC_SKIPPED)) {
      files.syncAll();
    }
  }

  @Override
  public Metadata metadata(Stat found) {
    return new Metadata(
        found.permissions(), NOBODY, NOBODY, found.modifySeconds(), found.modifyNanos());
  }

  /** This disk holds none: all that the log says is as it should be. */
  @Override
  public Xattrs xattrs(String path, Xattrs log) {
    return log;
  }
}
