package io.trifold.fuse.kernel;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Programs that use a mount as any program does. */
final class Shell {
  /** Each byte a character, whatever it means. */
  static final Charset BYTES = StandardCharsets.ISO_8859_1;

  private Shell() {}

  /** Standard error goes where standard output goes. */
  static Process start(Path directory, String script) throws IOException {
    return new ProcessBuilder("sh", "-ec", script)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .start();
  }
}
