package io.trifold.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code trifold undrain}. */
@Command(
    name = "undrain",
    description = "Has balancers send requests to this host again.",
    mixinStandardHelpOptions = true)
final class UndrainCommand implements Callable<Integer> {
  @Mixin private MountChoice mount;

  @Override
  public Integer call() throws Exception {
    return mount.control().call("drain", Map.of("on", false), nothing -> {});
  }
}
