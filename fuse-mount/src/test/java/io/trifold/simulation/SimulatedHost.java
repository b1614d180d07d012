package io.trifold.simulation;

import io.trifold.posix.ErrnoException;
import io.trifold.replica.MemoryJournal;
import io.trifold.replica.SteppedReplica;
import io.trifold.simulation.machine.Filesystem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A machine with its disk, and the process on it while there is one. */
final class SimulatedHost {
  /** A file that a caller has open for writing. */
  static final class Handle {
    final Filesystem.Node file;
    boolean written;

    Handle(Filesystem.Node file) {
      this.file = file;
    }
  }

  /** From a start to a crash. */
  static final class Life {
    boolean over;
  }

  /** Different for each machine, also for two that take themselves for the same host. */
  final int number;

  final String name;
  final Filesystem files;
  final Filesystem stateFiles;
  final MemoryJournal journal;
  final List<Handle> handles = new ArrayList<>();

  /** How far this host's clock is from the true time. */
  long clockOffset;

  Optional<SteppedReplica> process = Optional.empty();
  Life life = new Life();

  /** How often the machine was started. */
  int boots = 1;

  /** When it was started last, by its own clock. */
  Instant booted = Instant.EPOCH;

  boolean partitioned;
  boolean notified;

  /** A caller's operation on names is under way: it holds their lock. */
  boolean callerMidway;

  /** Another machine has been started as a copy of this one, and has its name. */
  boolean replaced;

  /** What the machine can be set back to. */
  Optional<SimulatedHost> saved = Optional.empty();

  SimulatedHost(
      int number, String name, Filesystem files, Filesystem stateFiles, MemoryJournal journal) {
    this.number = number;
    this.name = name;
    this.files = files;
    this.stateFiles = stateFiles;
    this.journal = journal;
  }

  /** A machine that is copied has not been started since. */
  void isStartedLike(SimulatedHost original) {
    boots = original.boots;
    booted = original.booted;
  }

  boolean isUp() {
    return process.isPresent();
  }

  Optional<Filesystem.Node> find(String path) {
    try {
      return Optional.of(files.find(path));
    } catch (ErrnoException e) {
      return Optional.empty();
    }
  }

  boolean hasOpenForWriting(Filesystem.Node file) {
    return handles.stream().anyMatch(handle -> handle.file == file);
  }

  boolean hasOpenForWriting(String path) {
    return !handles.isEmpty() && find(path).filter(this::hasOpenForWriting).isPresent();
  }

  /** The paths by which the file is reached now. */
  List<String> pathsOf(Filesystem.Node file) {
    List<String> paths = new ArrayList<>();
    files
        .walk()
        .forEach(
            (path, node) -> {
              if (node == file) {
                paths.add(path);
              }
            });
    return paths;
  }

  @Override
  public String toString() {
    return name + (number < 0 ? "" : "#" + number);
  }
}
