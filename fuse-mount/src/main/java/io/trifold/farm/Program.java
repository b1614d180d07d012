package io.trifold.farm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program to be run.
 *
 * @param words it and its arguments; no shell reads them
 * @param user as whom; none is as this process
 * @param directory where
 * @param limit how long it may take
 * @param variables its environment, beside what every program gets
 * @param input what it reads from its standard input
 * @param output what is kept of what it prints
 */
record Program(
    List<String> words,
    Optional<String> user,
    Path directory,
    Duration limit,
    Map<String, String> variables,
    String input,
    Output output) {
  /** A user's name that stands for whoever owns the directory. */
  static final String OWNER = "@owner";

  /** What is kept of what a program prints. */
  enum Output {
    /** The end of it, for people. */
    TAIL,
    /** What it prints on its standard output, whole, for us to read; its errors when it fails. */
    WHOLE
  }
}
