package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns against git itself, which is asked for the ignored paths of random trees. */
class GitCheckIgnoreIT {
  /**
   * Git compares the literal beginning of a pattern by itself, and then takes {@code **} in the
   * middle of a name for one that stands between slashes. Its manual says otherwise, and so do we.
   */
  private static final Pattern AFTER_LITERAL =
      Pattern.compile("[^*?\\[\\\\]*[^*?\\[\\\\/]\\*\\*+/.*");

  private final RandomRules random = RandomRules.over("abcA1.-] [#!+");

  @TempDir Path folder;

  private Path tree;
  private final TreeMap<String, Boolean> paths = new TreeMap<>();

  @BeforeEach
  void requireGit() throws Exception {
    boolean present;
    try {
      present = new ProcessBuilder("git", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      present = false;
    }
    if (System.getenv("CI") != null) {
      assertThat(present).as("git is installed").isTrue();
    }
    assumeTrue(present, "git is not installed");
    tree = Files.createDirectory(folder.resolve("tree"));
    run(List.of("git", "init", "-q"), "");
  }

  @Test
  void onePatternMatchesWhatGitIgnores() throws Exception {
    growTree(300);
    int matched = 0;
    for (int round = 0; round < 250; round++) {
      String pattern = comparablePattern();
      Set<String> ours = matched("remote " + pattern + "\n");
      matched += ours.isEmpty() ? 0 : 1;
      assertThat(ours).as(pattern).isEqualTo(ignored(pattern + "\n"));
    }
    assertThat(matched).as("patterns that matched something").isGreaterThan(50);
  }

  @Test
  void literalNamesOfTheTreeMatchWhatGitIgnores() throws Exception {
    growTree(200);
    for (String path : paths.keySet().stream().limit(100).toList()) {
      List<String> names = RandomRules.names(path).stream().map(RandomRules::literal).toList();
      String pattern = String.join("/", names);
      assertThat(matched("remote " + pattern + "\n"))
          .as(pattern)
          .contains(path)
          .isEqualTo(ignored(pattern + "\n"));
    }
  }

  @Test
  void aSetOfPatternsMatchesWhatGitIgnores() throws Exception {
    growTree(300);
    for (int round = 0; round < 100; round++) {
      StringBuilder rules = new StringBuilder();
      StringBuilder patterns = new StringBuilder();
      for (int i = 1 + random.below(6); i > 0; i--) {
        String pattern = comparablePattern();
        rules.append("remote ").append(pattern).append('\n');
        patterns.append(pattern).append('\n');
      }
      assertThat(matched(rules.toString()))
          .as(patterns.toString())
          .isEqualTo(ignored(patterns.toString()));
    }
  }

  @Test
  void namesBeyondAsciiMatchWhatGitIgnores() throws Exception {
    for (String path : List.of("é", "né", "dir/\uD83D\uDE00x", "日本", "日本/語")) {
      add(path, false);
    }
    for (String pattern : List.of("é", "*é", "日*", "dir/*x", "**/語", "日本/", "[!a]*", "\\é")) {
      assertThat(matched("remote " + pattern + "\n")).isEqualTo(ignored(pattern + "\n"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[a", "a[", "[[:foo:]]", "[[::]]", "a//a", "/./a", "a/../a", "a\\", "[]", "//a"})
  void aPatternThatIsRefusedAsOneThatNeverMatchesNeverMatchesInGit(String pattern)
      throws Exception {
    growTree(300);

    assertThat(RandomRules.isValid(pattern)).isFalse();
    assertThat(ignored(pattern + "\n")).isEmpty();
  }

  private String comparablePattern() {
    while (true) {
      String pattern = random.validPattern();
      if (!AFTER_LITERAL.matcher(pattern).matches()) {
        return pattern;
      }
    }
  }

  private void growTree(int count) throws IOException {
    while (paths.size() < count) {
      String path = random.path();
      if (!path.toLowerCase(java.util.Locale.ROOT).contains(".git")) {
        add(path, random.below(3) == 0);
      }
    }
  }

  /** Adds a path, unless a file stands where it needs a directory, or the other way round. */
  private void add(String path, boolean directory) throws IOException {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (!paths.getOrDefault(path.substring(0, slash), true)) {
        return;
      }
    }
    if (paths.containsKey(path)) {
      return;
    }
    Path file = tree.resolve(path);
    Files.createDirectories(directory ? file : file.getParent());
    if (!directory) {
      Files.createFile(file);
    }
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      paths.put(path.substring(0, slash), true);
    }
    paths.put(path, directory);
  }

  private Set<String> matched(String rules) throws RuleException {
    RuleSet set = RuleSet.parse("test.rules", rules);
    Set<String> matched = new TreeSet<>();
    paths.forEach(
        (path, directory) -> {
          RuleState state = set.at(path);
          Decision decision = directory ? state.directory() : state.file();
          if (!decision.rule().equals(Rule.DEFAULT)) {
            matched.add(path);
          }
        });
    return matched;
  }

  private Set<String> ignored(String patterns) throws Exception {
    Path file = folder.resolve("patterns");
    Files.writeString(file, patterns);
    List<String> command =
        List.of(
            "git",
            "-c",
            "core.excludesFile=" + file,
            "-c",
            "core.ignoreCase=false",
            "check-ignore",
            "--no-index",
            "--stdin",
            "-z");
    String out = run(command, String.join("\0", paths.keySet()) + "\0");
    Set<String> ignored = new TreeSet<>();
    int from = 0;
    for (int end = out.indexOf('\0'); end >= 0; end = out.indexOf('\0', from)) {
      ignored.add(out.substring(from, end));
      from = end + 1;
    }
    return ignored;
  }

  /** Runs git in the tree, apart from the user's own settings; its output may wait in a file. */
  private String run(List<String> command, String input) throws Exception {
    Path out = folder.resolve("out");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(tree.toFile())
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
    builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
    builder.environment().keySet().removeIf(key -> key.equals("GIT_DIR"));
    Process process = builder.start();
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    }
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("git hangs: " + command);
    }
    assertThat(process.exitValue()).as("git, 1 is: nothing ignored").isIn(0, 1);
    return Files.readString(out);
  }
}
