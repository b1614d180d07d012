package io.trifold.simulation;

import io.trifold.posix.ErrnoException;
import io.trifold.replica.SteppedReplica;
import io.trifold.simulation.machine.Crash;
import io.trifold.simulation.machine.Filesystem;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * What programs on the hosts do, as the tree serves it: the disk is changed, then the replica is
 * told, with the lock on names held all the while. Every content that is written is another one.
 */
final class Callers {
  /** Above what travels in the event itself. */
  private static final int LARGE = 9000;

  /** Where others have their turn: between two things that a program does. */
  interface Pause {
    void between(SimulatedHost host);
  }

  private final Audit audit;
  private final Pause pause;
  private final boolean linking;
  private long serial;
  private long reported;

  /**
   * @param linking whether files are given several names
   */
  Callers(Audit audit, Pause pause, boolean linking) {
    this.linking = linking;
    this.audit = audit;
    this.pause = pause;
  }

  /** Does one thing, if the host can do it now. Returns what. */
  String act(SimulatedHost host, Random random) {
    boolean waits =
        host.callerMidway || host.process.filter(SteppedReplica::isSwapping).isPresent();
    if (waits) {
      return writeOn(host, random);
    }
    try {
      return change(host, random);
    } catch (ErrnoException e) {
      // ENOENT, ENOTEMPTY and their like: the caller's own business.
      return e.getMessage();
    } catch (Crash e) {
      return "dies with the daemon";
    } finally {
      host.callerMidway = false;
    }
  }

  /** A program that writes through an open file waits for no lock on names. */
  private String writeOn(SimulatedHost host, Random random) {
    if (host.handles.isEmpty()) {
      return "waits";
    }
    SimulatedHost.Handle handle = pick(host, random);
    write(host, handle, content(random));
    return "writes on";
  }

  private static SimulatedHost.Handle pick(SimulatedHost host, Random random) {
    return host.handles.get(random.nextInt(host.handles.size()));
  }

  private String change(SimulatedHost host, Random random) throws ErrnoException {
    if (!host.handles.isEmpty() && random.nextInt(3) == 0) {
      return useHandle(host, pick(host, random), random);
    }
    String path = Names.any(random);
    if (linking && random.nextInt(5) == 0) {
      String newPath = Names.any(random);
      link(host, path, newPath);
      return "links " + path + " " + newPath;
    }
    int kind = random.nextInt(24);
    if (kind < 8) {
      writeWhole(host, path, random, kind == 0);
      return "writes " + path;
    } else if (kind < 10) {
      open(host, path, random.nextBoolean());
      return "opens " + path;
    } else if (kind < 12) {
      String temporary = Names.parent(path) + "x.tmp";
      writeWhole(host, temporary, random, random.nextBoolean());
      pause.between(host);
      rename(host, temporary, path);
      return "replaces " + path;
    } else if (kind < 15) {
      delete(host, path);
      return "deletes " + path;
    } else if (kind < 18) {
      String newPath = Names.any(random);
      rename(host, path, newPath);
      return "renames " + path + " " + newPath;
    } else if (kind < 20) {
      String directory = Names.directory(random);
      named(host, directory, () -> host.files.mkdir(directory, 0755));
      return "makes " + directory;
    } else if (kind < 21) {
      String directory = Names.directory(random);
      deleteTree(host, directory);
      return "deletes all of " + directory;
    } else if (kind < 22) {
      named(host, path, () -> host.files.symlink("to-" + ++serial, path));
      return "makes a symlink " + path;
    } else {
      Filesystem.Node node = host.files.find(path);
      if (node.isFile() || node.isDirectory()) {
        int mode = random.nextBoolean() ? 0700 : 0755;
        named(
            host,
            path,
            () -> {
              host.files.chmod(node, mode);
              madeAnew(host, node);
            });
      }
      return "chmods " + path;
    }
  }

  /** Each is another one, and so is its first half. */
  private byte[] content(Random random) {
    byte[] text = (++serial + " is the content").getBytes(StandardCharsets.UTF_8);
    if (random.nextInt(6) > 0) {
      return text;
    }
    byte[] large = new byte[LARGE];
    Arrays.fill(large, (byte) ('a' + serial % 26));
    System.arraycopy(text, 0, large, 0, text.length);
    System.arraycopy(text, 0, large, LARGE - text.length, text.length);
    return large;
  }

  private interface Io {
    void run() throws ErrnoException;
  }

  /** Changes a name and tells of it, as {@code tree} does. */
  private void named(SimulatedHost host, String path, Io io) throws ErrnoException {
    host.callerMidway = true;
    io.run();
    audit.made(host, path, host.find(path));
    SimulatedHost.Life life = host.life;
    pause.between(host);
    if (!life.over) {
      tell(host, path);
      host.callerMidway = false;
    }
  }

  private static void tell(SimulatedHost host, String path) {
    if (Names.travels(path)) {
      host.process.ifPresent(process -> process.changed(path));
    }
  }

  private Optional<SimulatedHost.Handle> open(SimulatedHost host, String path, boolean truncate)
      throws ErrnoException {
    Optional<Filesystem.Node> found = host.find(path);
    if (found.isPresent() && !found.get().isFile()) {
      return Optional.empty();
    }
    SimulatedHost.Handle[] handle = new SimulatedHost.Handle[1];
    if (found.isEmpty()) {
      named(
          host,
          path,
          () -> {
            handle[0] = new SimulatedHost.Handle(host.files.create(path, 0644));
            host.handles.add(handle[0]);
          });
    } else {
      handle[0] = new SimulatedHost.Handle(found.get());
      host.handles.add(handle[0]);
      if (truncate) {
        named(host, path, () -> set(host, found.get(), new byte[0]));
      }
    }
    return host.handles.contains(handle[0]) ? Optional.of(handle[0]) : Optional.empty();
  }

  private void set(SimulatedHost host, Filesystem.Node file, byte[] content) {
    audit.takenAway(host, file);
    host.files.write(file, content);
    madeAnew(host, file);
  }

  /** Under all of its names. */
  private void madeAnew(SimulatedHost host, Filesystem.Node file) {
    host.pathsOf(file).forEach(path -> audit.made(host, path, Optional.of(file)));
  }

  /** In two halves; the second one is all of it. */
  private void write(SimulatedHost host, SimulatedHost.Handle handle, byte[] content) {
    handle.written = true;
    SimulatedHost.Life life = host.life;
    byte[] half = content.clone();
    byte[] before = handle.file.content();
    int middle = content.length / 2;
    for (int i = middle; i < content.length; i++) {
      half[i] = i < before.length ? before[i] : 0;
    }
    set(host, handle.file, before.length > middle ? half : Arrays.copyOf(content, middle));
    pause.between(host);
    if (!life.over) {
      set(host, handle.file, content);
      // Another turn may have synced or closed it meanwhile, before there was all of it.
      handle.written = true;
      if (!host.handles.contains(handle)) {
        report(host, handle);
      }
    }
  }

  private void close(SimulatedHost host, SimulatedHost.Handle handle) {
    report(host, handle);
    host.handles.remove(handle);
  }

  /** What was written is told of; the file is open for writing until then. */
  private void report(SimulatedHost host, SimulatedHost.Handle handle) {
    if (handle.written) {
      handle.written = false;
      List<String> paths = host.pathsOf(handle.file);
      for (String path : paths) {
        // The tree knows the names by which a file was found, and perhaps not that it has others.
        if (path.equals(paths.get(0)) || ++reported % 2 == 0) {
          tell(host, path);
        }
        if (Names.travels(path)) {
          audit.completed(host, handle.file);
        }
      }
    }
  }

  private void sync(SimulatedHost host, SimulatedHost.Handle handle) {
    host.files.sync(handle.file);
    report(host, handle);
    audit.synced(host, handle.file);
    host.process.ifPresent(SteppedReplica::writeMarks);
  }

  private String useHandle(SimulatedHost host, SimulatedHost.Handle handle, Random random) {
    int kind = random.nextInt(5);
    if (kind < 2) {
      write(host, handle, content(random));
      return "writes to an open file";
    } else if (kind == 2) {
      sync(host, handle);
      return "syncs an open file";
    }
    close(host, handle);
    return "closes a file";
  }

  private void writeWhole(SimulatedHost host, String path, Random random, boolean durably)
      throws ErrnoException {
    SimulatedHost.Life life = host.life;
    Optional<SimulatedHost.Handle> handle = open(host, path, random.nextBoolean());
    if (handle.isEmpty()) {
      return;
    }
    pause.between(host);
    if (!life.over) {
      write(host, handle.get(), content(random));
    }
    if (!life.over && durably) {
      sync(host, handle.get());
    }
    if (!life.over && waitsForNames(host)) {
      // The close waits for the lock: another turn of this host closes the file.
      return;
    }
    if (!life.over) {
      close(host, handle.get());
    }
  }

  private static boolean waitsForNames(SimulatedHost host) {
    return host.process.filter(SteppedReplica::isSwapping).isPresent();
  }

  private void delete(SimulatedHost host, String path) throws ErrnoException {
    Filesystem.Node node = host.files.find(path);
    named(
        host,
        path,
        () -> {
          if (node.isDirectory()) {
            host.files.rmdir(path);
          } else {
            audit.takenAway(host, node);
            host.files.unlink(path);
          }
        });
  }

  private void deleteTree(SimulatedHost host, String directory) throws ErrnoException {
    SimulatedHost.Life life = host.life;
    for (String name : host.files.list(directory).keySet()) {
      String path = directory + "/" + name;
      if (life.over || waitsForNames(host)) {
        return;
      }
      if (host.find(path).filter(Filesystem.Node::isDirectory).isPresent()) {
        deleteTree(host, path);
      } else {
        delete(host, path);
      }
    }
    if (!life.over && !waitsForNames(host)) {
      delete(host, directory);
    }
  }

  private void rename(SimulatedHost host, String path, String newPath) throws ErrnoException {
    if (waitsForNames(host)) {
      return;
    }
    Filesystem.Node node = host.files.find(path);
    Optional<Filesystem.Node> victim = host.find(newPath);
    if (victim.filter(there -> there == node).isPresent()) {
      return;
    }
    host.callerMidway = true;
    Map<String, Filesystem.Node> moved = below(host, path);
    host.files.rename(path, newPath);
    victim.ifPresent(there -> audit.takenAway(host, there));
    moved.forEach(
        (old, each) -> {
          String now = newPath + old.substring(path.length());
          audit.named(host, old, now);
          audit.made(host, old, Contents.NOTHING);
          audit.made(host, now, Optional.of(each));
          owe(host, each, old, now);
        });
    SimulatedHost.Life life = host.life;
    pause.between(host);
    if (!life.over) {
      if (node.isDirectory()) {
        host.process.ifPresent(process -> process.moved(path, newPath));
      } else {
        tell(host, path);
        tell(host, newPath);
      }
      host.callerMidway = false;
    }
  }

  private void link(SimulatedHost host, String path, String newPath) throws ErrnoException {
    if (waitsForNames(host) || !host.files.find(path).isFile()) {
      return;
    }
    host.callerMidway = true;
    host.files.link(path, newPath);
    audit.named(host, path, newPath);
    madeAnew(host, host.files.find(newPath));
    SimulatedHost.Life life = host.life;
    pause.between(host);
    if (!life.over) {
      tell(host, path);
      tell(host, newPath);
      host.callerMidway = false;
    }
  }

  private void owe(SimulatedHost host, Filesystem.Node node, String path, String newPath) {
    if (node.isFile() && Names.travels(path) != Names.travels(newPath)) {
      if (Names.travels(newPath)) {
        audit.completed(host, node);
      } else {
        audit.takenAway(host, node);
      }
    }
  }

  private static Map<String, Filesystem.Node> below(SimulatedHost host, String path) {
    Map<String, Filesystem.Node> result = new LinkedHashMap<>();
    host.files
        .walk()
        .forEach(
            (each, node) -> {
              if (each.equals(path) || each.startsWith(path + "/")) {
                result.put(each, node);
              }
            });
    return result;
  }

  /** All programs end: what they had open is closed. */
  void closeAll(SimulatedHost host) {
    while (!host.handles.isEmpty()) {
      close(host, host.handles.get(0));
    }
  }
}
