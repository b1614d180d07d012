package io.trifold.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code trifold resume}. */
@Command(
    name = "resume",
    description = "Lets a host propagate again that stopped because so much was gone.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "trifold status says why it stopped. What is gone from the disk is then deleted on every",
      "host. If it is gone by mistake, unmount, put it back, and mount again instead."
    })
final class ResumeCommand implements Callable<Integer> {
  @Mixin private PathInMount mount;

  @Override
  public Integer call() throws Exception {
    return mount.tell("resume");
  }
}
