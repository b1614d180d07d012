package io.trifold.cli;

import io.trifold.config.RootPath;
import io.trifold.daemon.Unmounting;
import io.trifold.posix.MountTable;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold umount}. */
@Command(
    name = "umount",
    description = "Unmounts ROOT, and returns when the mount is gone and its daemon has ended.",
    mixinStandardHelpOptions = true)
final class UmountCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ROOT", description = "The directory that trifold is mounted over.")
  private Path root;

  @Option(names = "--force", description = "Also if it is in use, or hangs: open files get errors.")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    Path canonical = RootPath.canonical(root.toAbsolutePath(), "ROOT", MountTable.read());
    System.out.println(new Unmounting(canonical).unmount(force));
    return 0;
  }
}
