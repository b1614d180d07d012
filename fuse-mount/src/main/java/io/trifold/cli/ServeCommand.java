package io.trifold.cli;

import io.trifold.daemon.Daemon;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * What {@code trifold mount} starts in the background. It takes its settings from standard input;
 * the argument is for who looks at the processes.
 */
@Command(name = "serve", hidden = true, description = "The daemon of one mount.")
final class ServeCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ROOT")
  String root;

  @Override
  public Integer call() throws Exception {
    return Daemon.run(System.in, System.out);
  }
}
