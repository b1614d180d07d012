package io.trifold.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code trifold reload}. */
@Command(
    name = "reload",
    description = "Has a mount read its rules anew, and go by their options from then on.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Rules that would bind any path otherwise, or with an error, are refused, and the old ones",
      "stay. For all hosts at once: a call with builtin = \"reload-rules\"."
    })
final class ReloadCommand implements Callable<Integer> {
  @Mixin private PathInMount mount;

  @Override
  public Integer call() throws Exception {
    return mount.tell("reload");
  }
}
