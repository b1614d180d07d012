package io.trifold.cli;

import io.trifold.config.SettingsException;
import io.trifold.control.ControlException;
import io.trifold.daemon.MountException;
import io.trifold.queue.QueueException;
import io.trifold.rules.RuleException;
import io.trifold.rules.Spelling;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code trifold} command. */
@Command(
    name = "trifold",
    description = "Mounts an application's directory so that many machines share it by rules.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      HostsCommand.class,
      InitCommand.class,
      JoinCommand.class,
      MountCommand.class,
      UmountCommand.class,
      StatusCommand.class,
      LogsCommand.class,
      VerifyCommand.class,
      ReloadCommand.class,
      ResumeCommand.class,
      SkipCommand.class,
      KeyCommand.class,
      ExplainCommand.class,
      PositionCommand.class,
      WaitCommand.class,
      RulesCommand.class,
      HistoryCommand.class,
      RestoreCommand.class,
      ConflictsCommand.class,
      ChangeSetCommand.class,
      ChangeSetsCommand.class,
      RollbackCommand.class,
      CallCommand.class,
      CallsCommand.class,
      CronCommand.class,
      TasksCommand.class,
      PrimaryCommand.class,
      DrainCommand.class,
      UndrainCommand.class,
      WarmUpCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {
      "",
      "A first mount, with the database built in and the shared storage beside the root:",
      "  mkdir /srv/shared_storage",
      "  trifold mount /srv/app --rules composr",
      "  trifold explain /srv/app/index.php",
      "  trifold umount /srv/app"
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  /** What the launcher calls for a process that stays when the command is over. */
  private static final String SERVE = "serve";

  /** Ends the process with the command's exit code. */
  public static void main(String[] args) throws IOException {
    System.exit(args.length > 0 && args[0].equals(SERVE) ? serve() : run(Invocation.of(args)));
  }

  /** The other arguments are for who looks at the processes. */
  private static int serve() throws IOException {
    LauncherPipe launcher = new LauncherPipe();
    launcher.take();
    return run(Invocation.read(System.in), launcher);
  }

  static int run(Invocation invocation) {
    return run(invocation, new LauncherPipe());
  }

  private static int run(Invocation invocation, LauncherPipe launcher) {
    try {
      CommandLine line = new CommandLine(new Main(), factory(invocation, launcher));
      // What follows is another command's.
      line.getSubcommands().get("changeset").setStopAtPositional(true);
      return line.setCaseInsensitiveEnumValuesAllowed(true)
          .setParameterExceptionHandler(Main::wrongUsage)
          .setExecutionExceptionHandler((e, command, parsed) -> failed(e))
          .execute(invocation.arguments().toArray(String[]::new));
    } catch (LinkageError | OutOfMemoryError | AssertionError e) {
      return internal(e);
    }
  }

  private static CommandLine.IFactory factory(Invocation invocation, LauncherPipe launcher) {
    CommandLine.IFactory others = CommandLine.defaultFactory();
    return new CommandLine.IFactory() {
      @Override
      public <K> K create(Class<K> type) throws Exception {
        if (type == MountCommand.class) {
          return type.cast(new MountCommand(invocation, launcher));
        }
        if (type == InitCommand.class) {
          return type.cast(new InitCommand(invocation));
        }
        return type == JoinCommand.class
            ? type.cast(new JoinCommand(invocation))
            : others.create(type);
      }
    };
  }

  @Override
  public void run() {
    spec.commandLine().usage(System.out);
  }

  private static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String message = e.getMessage().lines().findFirst().orElse("wrong usage");
    if (e instanceof UnmatchedArgumentException unmatched) {
      Optional<String> meant = meant(unmatched, command);
      if (meant.isPresent()) {
        message += "; did you mean " + meant.get() + "?";
      }
    }
    return complain(
        message + " (" + command.getCommandSpec().qualifiedName() + " --help explains)",
        e,
        CommandLine.ExitCode.USAGE);
  }

  /** The nearest command, or what the parser would suggest for an option. */
  private static Optional<String> meant(UnmatchedArgumentException e, CommandLine command) {
    Optional<String> subcommand =
        e.getUnmatched().stream()
            .findFirst()
            .flatMap(word -> Spelling.nearest(word, command.getSubcommands().keySet()));
    return subcommand.isPresent() ? subcommand : e.getSuggestions().stream().findFirst();
  }

  private static int failed(Exception e) {
    if (e instanceof SettingsException) {
      return complain(e.getMessage(), e, CommandLine.ExitCode.USAGE);
    }
    if (e instanceof ControlException control) {
      return complain(e.getMessage(), e, control.exitCode());
    }
    boolean expected =
        e instanceof MountException || e instanceof RuleException || e instanceof QueueException;
    return expected ? complain(e.getMessage(), e, CommandLine.ExitCode.SOFTWARE) : internal(e);
  }

  /** What there is to know though nothing is wrong. */
  static void warn(String line) {
    System.err.println("trifold: warning: " + line);
  }

  private static int internal(Throwable e) {
    return complain(
        "internal error: " + e + " (TRIFOLD_DEBUG=1 shows where)",
        e,
        CommandLine.ExitCode.SOFTWARE);
  }

  private static int complain(String message, Throwable e, int exitCode) {
    System.err.println("trifold: " + message.lines().findFirst().orElse(""));
    if ("1".equals(System.getenv("TRIFOLD_DEBUG"))) {
      e.printStackTrace();
    }
    return exitCode;
  }
}
