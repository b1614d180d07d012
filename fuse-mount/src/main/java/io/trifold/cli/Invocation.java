package io.trifold.cli;

import io.trifold.config.Machine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the command was called with, and where.
 *
 * @param detached whether the caller goes on as soon as the mount answers; it listens to {@link
 *     LauncherPipe} until then
 */
record Invocation(List<String> arguments, Machine machine, boolean detached) {
  Invocation {
    arguments = List.copyOf(arguments);
  }

  /** By this process's own arguments. */
  static Invocation of(String... arguments) {
    return new Invocation(List.of(arguments), Machine.here(), false);
  }

  /**
   * As the launcher hands it over to a process that is to stay, whose arguments and environment can
   * be looked at as long as it lives: the caller's directory, its variables as {@code NAME=value},
   * an empty string, the arguments; each ended by NUL.
   */
  static Invocation read(InputStream in) throws IOException {
    String[] handed = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\0", -1);
    Map<String, String> environment = new HashMap<>(System.getenv());
    int at = 1;
    while (at < handed.length && !handed[at].isEmpty()) {
      int equals = handed[at].indexOf('=');
      environment.put(handed[at].substring(0, equals), handed[at].substring(equals + 1));
      at++;
    }
    if (at >= handed.length - 1) {
      throw new IOException("serve is for the launcher alone: trifold mount");
    }
    List<String> arguments = new ArrayList<>(List.of(handed).subList(at + 1, handed.length - 1));
    return new Invocation(arguments, Machine.here(environment, Path.of(handed[0])), true);
  }
}
