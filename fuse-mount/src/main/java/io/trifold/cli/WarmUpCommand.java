package io.trifold.cli;

import io.trifold.inspect.Explanation;
import io.trifold.inspect.Places;
import io.trifold.posix.Posix;
import io.trifold.rules.RuleSet;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.tomlj.Toml;
import picocli.CommandLine.Command;

/**
 * Loads the classes that the commands and the daemon need, for the launcher to make an archive of
 * them; does nothing else.
 */
@Command(name = "warm-up", hidden = true, description = "Loads the program's classes.")
final class WarmUpCommand implements Callable<Integer> {
  /** What only a daemon loads, and late. */
  private static final List<String> OF_THE_DAEMON =
      List.of(
          "ch.qos.logback.classic.LoggerContext",
          "com.github.benmanes.caffeine.cache.Caffeine",
          "com.zaxxer.hikari.HikariDataSource",
          "io.trifold.daemon.MountedRoot",
          "io.trifold.daemon.Serving",
          "org.flywaydb.core.Flyway",
          "org.postgresql.Driver",
          "org.sqlite.JDBC");

  @Override
  public Integer call() throws Exception {
    PrintStream shown = System.out;
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    try {
      Main.run(Invocation.of("--version"));
      Main.run(Invocation.of("mount", "--help"));
      Main.run(Invocation.of("status"));
    } finally {
      System.setOut(shown);
    }
    RuleSet rules = RuleSet.parse("rules", "local *.tmp");
    Explanation.of(rules, new Places(Path.of("/a"), Path.of("/b")), "c", false).describe("c");
    Toml.parse("root = \"/\"").get("root");
    for (String name : OF_THE_DAEMON) {
      Class.forName(name);
    }
    Posix.effectiveUid();
    return 0;
  }
}
