package io.trifold.cli;

import io.trifold.config.MountSettings;
import io.trifold.daemon.MountChecks;
import io.trifold.daemon.UnmountedHost;
import io.trifold.replica.ReplicaStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code trifold join}. */
@Command(
    name = "join",
    description = {
      "Brings a new host's ROOT in step with its farm, before it is mounted.",
      "ROOT may be empty, a copy of another host's, or from git: what has the farm's content is not"
          + " fetched. What differs is kept beside the journal (displaced/), what only stands here"
          + " goes to the farm. Interrupted in any way, it goes on where it was."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    footer = {
      "",
      SettingsOptions.FOOTER_1,
      SettingsOptions.FOOTER_2,
      SettingsOptions.FOOTER_3,
      SettingsOptions.FOOTER_4,
      SettingsOptions.FOOTER_5
    })
final class JoinCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(arity = "0..1", paramLabel = "ROOT", description = "The application's directory.")
  private String root;

  @Mixin private SettingsOptions options;

  JoinCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws Exception {
    MountSettings settings = options.read(invocation.machine(), root, Main::warn);
    new MountChecks(settings).runUnmounted();
    try (UnmountedHost host = UnmountedHost.open(settings)) {
      boolean before = host.hasJoined();
      ProgressDisplay.Outcome outcome = ProgressDisplay.comeInStep(host, "Joining");
      ReplicaStatus status = outcome.status();
      System.out.printf(
          "%s %s the farm as host %s, at position %d%n",
          settings.root(),
          before ? "had joined and is in step with" : "has joined",
          settings.host(),
          status.position());
      outcome.joined().ifPresent(joined -> System.out.println(joined.describe()));
      if (status.displaced() > 0) {
        System.out.printf(
            "%,d files that differed from the farm's are kept in %s%n",
            status.displaced(), host.displaced());
      }
    }
    return 0;
  }
}
