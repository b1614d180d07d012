package io.trifold.replica;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The processes of this machine. */
interface Processes {
  /**
   * A process.
   *
   * @param started when, so that a later one of the same number is another
   */
  record Running(int parent, long started) {}

  /** The process; empty if it is gone, or not to be seen from here. */
  Optional<Running> find(int pid);

  /** A variable of the environment that it was started with, if that may be read. */
  Optional<String> environment(int pid, String variable);

  /** By {@code proc(5)}. */
  Processes PROC =
      new Processes() {
        /** Of the fields behind the name: the parent's number, and the time of the start. */
        private static final int PARENT = 1;

        private static final int STARTED = 19;

        @Override
        public Optional<Running> find(int pid) {
          try {
            String stat =
                Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            // The name is in brackets and may have any character in it.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Optional.of(
                new Running(Integer.parseInt(fields[PARENT]), Long.parseLong(fields[STARTED])));
          } catch (IOException | RuntimeException e) {
            return Optional.empty();
          }
        }

        @Override
        public Optional<String> environment(int pid, String variable) {
          try {
            String all =
                Files.readString(Path.of("/proc/" + pid + "/environ"), StandardCharsets.ISO_8859_1);
            for (String entry : all.split("\0", -1)) {
              if (entry.startsWith(variable + "=")) {
                return Optional.of(entry.substring(variable.length() + 1));
              }
            }
            return Optional.empty();
          } catch (IOException e) {
            return Optional.empty();
          }
        }
      };
}
