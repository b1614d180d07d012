package io.trifold.cli;

import io.trifold.config.RootPath;
import io.trifold.control.ControlClient;
import io.trifold.daemon.MountException;
import io.trifold.daemon.RunningMount;
import io.trifold.posix.MountTable;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Which mount a command is about. */
final class MountChoice {
  @Option(
      names = "--root",
      paramLabel = "ROOT",
      description =
          "The directory that trifold is mounted over. Default: the one around the current"
              + " directory, or the only one of this machine.")
  private Path root;

  /** The way to its daemon. */
  ControlClient control() throws Exception {
    return mount().control();
  }

  /** The mount. */
  RunningMount mount() throws Exception {
    MountTable mounts = MountTable.read();
    if (root != null) {
      Path canonical = RootPath.canonical(root.toAbsolutePath(), "--root", mounts);
      if (mounts.trifoldAt(canonical).isEmpty()) {
        throw new MountException(canonical + " is not mounted by trifold");
      }
      return new RunningMount(canonical);
    }
    Path here = Path.of("").toAbsolutePath();
    for (Path at = here; at != null; at = at.getParent()) {
      if (mounts.trifoldAt(at).isPresent()) {
        return new RunningMount(at);
      }
    }
    List<Path> all = mounts.trifolds().stream().map(MountTable.Mount::point).distinct().toList();
    if (all.size() != 1) {
      throw new MountException(
          all.isEmpty()
              ? "nothing is mounted by trifold on this machine"
              : "trifold is mounted over " + all.size() + " directories: name one with --root");
    }
    return new RunningMount(all.get(0));
  }
}
