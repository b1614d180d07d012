package io.trifold.cli;

import io.trifold.inspect.Explanation;
import io.trifold.inspect.Places;
import io.trifold.posix.Posix;
import io.trifold.rules.RuleSet;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.tomlj.Toml;
import picocli.CommandLine.Command;

/**
 * Loads the classes that the commands and the daemon need, for the launcher to make an archive of
 * them; does nothing else.
 */
@Command(name = "warm-up", hidden = true, description = "Loads the program's classes.")
final class WarmUpCommand implements Callable<Integer> {
  /** The packages of which a daemon that serves needs most; the rest of the jar it hardly meets. */
  private static final List<String> OF_THE_DAEMON =
      List.of(
          "ch/qos/logback/",
          "com/kenai/jffi/",
          "com/zaxxer/hikari/",
          "io/trifold/",
          "jnr/ffi/",
          "org/objectweb/asm/",
          "org/postgresql/",
          "org/slf4j/",
          "org/sqlite/");

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
    loadClasses();
    Posix.effectiveUid();
    return 0;
  }

  private static void loadClasses() throws IOException {
    try (JarFile jar = new JarFile(System.getProperty("java.class.path"))) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        String name = entry.getName();
        if (name.endsWith(".class") && OF_THE_DAEMON.stream().anyMatch(name::startsWith)) {
          load(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
        }
      }
    }
  }

  /** Loads it, and runs nothing of it. */
  private static void load(String name) {
    try {
      Class.forName(name, false, WarmUpCommand.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      // An adapter for a library that is not here.
      return;
    }
  }
}
