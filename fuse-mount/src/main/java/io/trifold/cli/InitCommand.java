package io.trifold.cli;

import io.trifold.config.MountSettings;
import io.trifold.daemon.Initialization;
import io.trifold.daemon.MountChecks;
import io.trifold.daemon.UnmountedHost;
import io.trifold.init.Fate;
import io.trifold.init.Summary;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold init}. */
@Command(
    name = "init",
    description = {
      "Makes an application that ran on this machine the first host of a farm.",
      "Without --apply it changes nothing, and tells what it would do: which files it would"
          + " register with the farm, which it would move to the shared storage, and which stand in"
          + " both places. Nothing is ever overwritten. Interrupted in any way, it goes on where it"
          + " was."
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
final class InitCommand implements Callable<Integer> {
  private static final int EXAMPLES = 10;

  private final Invocation invocation;

  @Parameters(arity = "0..1", paramLabel = "ROOT", description = "The application's directory.")
  private String root;

  @Option(names = "--apply", description = "Do it.")
  private boolean apply;

  @Option(names = "--all", description = "Name every file, not the first of each kind alone.")
  private boolean all;

  @Mixin private SettingsOptions options;

  InitCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws Exception {
    MountSettings settings = options.read(invocation.machine(), root, Main::warn);
    new MountChecks(settings).runUnmounted();
    int examples = all ? Integer.MAX_VALUE : EXAMPLES;
    Initialization initialization = new Initialization(settings);
    if (!apply) {
      Summary summary = initialization.survey(examples);
      tell("to be registered with the farm", Fate.REGISTERED, summary);
      tell("to be moved to " + settings.remote(), Fate.MOVED, summary);
      tellDuplicates(summary);
      System.out.println("nothing was changed: trifold init --apply does it");
      return 0;
    }
    AtomicLong files = new AtomicLong();
    try (ProgressDisplay moving = new ProgressDisplay("Moving", " files")) {
      Summary summary =
          initialization.move(
              examples,
              stat ->
                  moving.show(
                      files.incrementAndGet(), 0, "%,d files moved".formatted(files.get())));
      tell("moved to " + settings.remote(), Fate.MOVED, summary);
      tellDuplicates(summary);
    }
    try (UnmountedHost host = UnmountedHost.open(settings)) {
      ProgressDisplay.Outcome outcome = ProgressDisplay.comeInStep(host, "Comparing");
      System.out.printf(
          "all that is propagated is registered; host %s is at position %d: trifold mount %s%n",
          settings.host(), outcome.status().position(), settings.root());
    }
    return 0;
  }

  private void tellDuplicates(Summary summary) {
    tell("in both places, and equal; those in the root are not used any more", Fate.EQUAL, summary);
    tell(
        "in both places, and different; the shared storage's are used, those in the root stay"
            + " where they are",
        Fate.DIFFERENT,
        summary);
    tell(
        "pipes, sockets and devices that cannot be moved, and will not be seen",
        Fate.SPECIAL,
        summary);
  }

  /** A directory in both places is nothing to be told of: what is in it is. */
  private void tell(String what, Fate fate, Summary summary) {
    Summary.Amount amount = summary.of(fate);
    boolean always = fate == Fate.REGISTERED || fate == Fate.MOVED;
    if (amount.files() == 0 && !always) {
      return;
    }
    String directories =
        always && amount.directories() > 0
            ? " in %,d directories".formatted(amount.directories())
            : "";
    System.out.printf(
        "%s: %,d files%s, %s%n", what, amount.files(), directories, size(amount.bytes()));
    if (fate == Fate.REGISTERED && !all) {
      return;
    }
    amount.first().forEach(path -> System.out.println("  " + path.replaceAll("\\p{Cntrl}", "?")));
    if (amount.files() > amount.first().size()) {
      System.out.printf(
          "  … and %,d more (--all names them)%n", amount.files() - amount.first().size());
    }
  }

  private static String size(long bytes) {
    if (bytes < 10_000) {
      return bytes + " bytes";
    }
    return bytes < 10_000_000
        ? "%,d kB".formatted(bytes / 1000)
        : "%,d MB".formatted(bytes / 1_000_000);
  }
}
