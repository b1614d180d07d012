package io.trifold.farm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A user of this machine, from whatever the machine knows its users. */
record Account(String name, int uid, int gid, String home) {
  /**
   * The user of that name.
   *
   * @throws IOException in words for a user, if there is none
   */
  static Account named(String name) throws IOException, InterruptedException {
    return ask(name, "there is no user \"" + name + "\" on this host");
  }

  /** Who this process is. */
  static Account own() throws IOException, InterruptedException {
    return ownerOf(Path.of("/proc/self"));
  }

  /** Whose it is. */
  static Account ownerOf(Path path) throws IOException, InterruptedException {
    Object uid = Files.getAttribute(path, "unix:uid");
    return ask(uid.toString(), "user " + uid + " has no name on this host");
  }

  private static Account ask(String key, String otherwise)
      throws IOException, InterruptedException {
    Process getent =
        new ProcessBuilder("getent", "passwd", "--", key)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    getent.getOutputStream().close();
    String line =
        new String(getent.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    getent.waitFor();
    String[] fields = line.split(":", -1);
    if (fields.length < 6) {
      throw new IOException(otherwise);
    }
    return new Account(
        fields[0], Integer.parseInt(fields[2]), Integer.parseInt(fields[3]), fields[5]);
  }
}
