package io.trifold.cli;

import io.trifold.config.RootPath;
import io.trifold.daemon.MountException;
import io.trifold.daemon.RunningMount;
import io.trifold.posix.MountTable;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code trifold status}. */
@Command(
    name = "status",
    description = "Shows what a mount is doing; without ROOT, all mounts of this machine.",
    mixinStandardHelpOptions = true,
    footer = {"", "The same text is in the file ROOT/.trifold/status."})
final class StatusCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "ROOT",
      description = "The directory that trifold is mounted over.")
  private Path root;

  @Override
  public Integer call() throws Exception {
    MountTable mounts = MountTable.read();
    if (root != null) {
      Path canonical = RootPath.canonical(root.toAbsolutePath(), "ROOT", mounts);
      if (mounts.trifoldAt(canonical).isEmpty()) {
        throw new MountException(canonical + " is not mounted by trifold");
      }
      return show(canonical) ? 0 : 1;
    }
    List<Path> roots = mounts.trifolds().stream().map(MountTable.Mount::point).distinct().toList();
    if (roots.isEmpty()) {
      System.out.println("nothing is mounted");
    }
    boolean all = true;
    for (int i = 0; i < roots.size(); i++) {
      if (i > 0) {
        System.out.println();
      }
      all &= show(roots.get(i));
    }
    return all ? 0 : 1;
  }

  private static boolean show(Path root) {
    RunningMount.Answer answer = new RunningMount(root).ask();
    if (answer instanceof RunningMount.Alive alive) {
      System.out.print(alive.status());
      return true;
    }
    String what =
        answer instanceof RunningMount.Silent silent
            ? "cannot be asked: " + silent.reason()
            : "its daemon is dead: trifold mount replaces it, trifold umount removes it";
    System.err.println("trifold: " + root + ": " + what);
    return false;
  }
}
