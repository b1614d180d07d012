package io.trifold.farm;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Brings a working tree to what its upstream has. Git wins: what stands in the way, untracked files
 * and changed ones, is kept aside in {@code .git/trifold-kept} and then replaced. What is not in
 * the way stays as it is.
 */
final class GitPull {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** A command's line can only be so long. */
  private static final int AT_ONCE = 200;

  /** Runs a program in the working tree, as its user, within the call's time. */
  interface Runner {
    Leash.End run(List<String> words) throws IOException, InterruptedException;
  }

  /** One of the programs failed. */
  private static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Leash.End end;

    Failed(Leash.End end) {
      super("");
      this.end = end;
    }
  }

  private final Runner runner;
  private final StringBuilder told = new StringBuilder();

  GitPull(Runner runner) {
    this.runner = runner;
  }

  /** Does it. The output says from where to where it went, and what was kept aside. */
  Leash.End run() throws IOException, InterruptedException {
    try {
      git("fetch", "--quiet");
      String before = git("rev-parse", "HEAD").strip();
      String after = git("rev-parse", "@{upstream}").strip();
      List<String> incoming =
          names(git("diff", "--name-only", "--no-renames", "-z", before, after));
      keepAside(incoming);
      git("merge", "--ff-only", "--quiet", after);
      told.append(before.equals(after) ? "up to date at " : "from " + shown(before) + " to ")
          .append(shown(after))
          .append('\n');
      return new Leash.End(Optional.of(0), told.toString(), "");
    } catch (Failed e) {
      return new Leash.End(e.end.exitCode(), told + e.end.output(), e.end.killed());
    }
  }

  private void keepAside(List<String> incoming) throws Failed, IOException, InterruptedException {
    Set<String> touched = new HashSet<>(incoming);
    List<String> changed = names(git("diff", "--name-only", "--no-renames", "-z", "HEAD"));
    changed.retainAll(touched);
    List<String> untracked = names(git("ls-files", "--others", "-z"));
    Set<String> above = new HashSet<>();
    touched.forEach(path -> above.addAll(directories(path)));
    untracked.removeIf(path -> !isInTheWay(path, touched, above));
    List<String> aside = new ArrayList<>(untracked);
    aside.addAll(changed);
    if (aside.isEmpty()) {
      return;
    }
    String kept = git("rev-parse", "--git-path", "trifold-kept").strip();
    String directory = kept + "/" + STAMP.format(Instant.now());
    run(List.of("mkdir", "-p", "--", directory));
    for (List<String> some : inParts(aside)) {
      // What was changed by being deleted cannot be kept.
      run(with(List.of("cp", "-a", "--parents", "-t", directory, "--"), existing(some)));
    }
    for (List<String> some : inParts(changed)) {
      run(with(List.of("git", "checkout", "--quiet", "HEAD", "--"), some));
    }
    for (List<String> some : inParts(untracked)) {
      run(with(List.of("rm", "-f", "--"), some));
    }
    aside.forEach(
        path -> told.append("kept in ").append(directory).append(": ").append(path).append('\n'));
  }

  private List<String> existing(List<String> paths)
      throws Failed, IOException, InterruptedException {
    Set<String> deleted =
        new HashSet<>(names(run(with(List.of("git", "ls-files", "--deleted", "-z", "--"), paths))));
    return paths.stream().filter(path -> !deleted.contains(path)).toList();
  }

  /** A file stands in the way of itself, of a directory of its name, and of one above it. */
  private static boolean isInTheWay(String path, Set<String> touched, Set<String> above) {
    return touched.contains(path)
        || above.contains(path)
        || directories(path).stream().anyMatch(touched::contains);
  }

  private static List<String> directories(String path) {
    List<String> directories = new ArrayList<>();
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      directories.add(path.substring(0, slash));
    }
    return directories;
  }

  private static List<List<String>> inParts(List<String> all) {
    List<List<String>> parts = new ArrayList<>();
    for (int i = 0; i < all.size(); i += AT_ONCE) {
      parts.add(all.subList(i, Math.min(all.size(), i + AT_ONCE)));
    }
    return parts;
  }

  private static List<String> with(List<String> words, List<String> more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(more);
    return all;
  }

  private static List<String> names(String output) {
    List<String> names = new ArrayList<>(List.of(output.split("\0")));
    names.removeIf(String::isEmpty);
    return names;
  }

  private static String shown(String commit) {
    return commit.substring(0, Math.min(10, commit.length()));
  }

  private String git(String... words) throws Failed, IOException, InterruptedException {
    return run(with(List.of("git"), List.of(words)));
  }

  private String run(List<String> words) throws Failed, IOException, InterruptedException {
    Leash.End end = runner.run(words);
    if (!end.isGood()) {
      throw new Failed(end);
    }
    return end.output();
  }
}
