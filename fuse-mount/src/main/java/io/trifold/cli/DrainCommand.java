package io.trifold.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code trifold drain}. */
@Command(
    name = "drain",
    description = "Has balancers send no more requests to this host: /readyz answers 503.",
    mixinStandardHelpOptions = true,
    footer = {"", "It stays so, also over a new mount, until trifold undrain."})
final class DrainCommand implements Callable<Integer> {
  @Mixin private MountChoice mount;

  @Override
  public Integer call() throws Exception {
    return mount.control().call("drain", Map.of("on", true), nothing -> {});
  }
}
