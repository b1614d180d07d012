package io.trifold.farm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GitPullTest {
  private static final Duration LONG = Duration.ofSeconds(100);
  private static final Map<String, String> WHO =
      Map.of(
          "GIT_AUTHOR_NAME", "a",
          "GIT_AUTHOR_EMAIL", "a@b",
          "GIT_COMMITTER_NAME", "a",
          "GIT_COMMITTER_EMAIL", "a@b",
          "GIT_CONFIG_GLOBAL", "/dev/null");

  @TempDir Path directory;
  private Path upstream;
  private Path site;

  private Leash.End run(Path where, List<String> words) throws IOException, InterruptedException {
    Program program =
        new Program(words, Optional.empty(), where, LONG, WHO, "", Program.Output.WHOLE);
    return Leash.start(program, LONG).await();
  }

  private void git(Path where, String... words) throws Exception {
    Leash.End end = run(where, Stream.concat(Stream.of("git"), Stream.of(words)).toList());
    assertThat(end.isGood()).as(end.output()).isTrue();
  }

  private Leash.End pull() throws Exception {
    return new GitPull(words -> run(site, words)).run();
  }

  private void commit(String message) throws Exception {
    git(upstream, "add", "-A");
    git(upstream, "commit", "-q", "-m", message);
  }

  @BeforeEach
  void layOut() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/git")), "needs git");
    upstream = Files.createDirectory(directory.resolve("upstream"));
    site = directory.resolve("site");
    git(upstream, "init", "-q", "-b", "main");
    Files.writeString(upstream.resolve("index.php"), "1");
    Files.writeString(upstream.resolve("config.php"), "1");
    commit("first");
    git(directory, "clone", "-q", upstream.toString(), site.toString());
  }

  @Test
  void gitWinsAndWhatStoodInTheWayIsKept() throws Exception {
    Files.writeString(upstream.resolve("index.php"), "2");
    Files.createDirectories(upstream.resolve("plugins/new"));
    Files.writeString(upstream.resolve("plugins/new/a b.php"), "git's");
    Files.writeString(upstream.resolve("about"), "git's");
    commit("second");
    Files.writeString(site.resolve("index.php"), "changed here");
    Files.writeString(site.resolve("config.php"), "changed here, too");
    Files.createDirectories(site.resolve("plugins/new"));
    Files.writeString(site.resolve("plugins/new/a b.php"), "this host's");
    Files.createDirectories(site.resolve("about"));
    Files.writeString(site.resolve("about/page"), "this host's");
    Files.writeString(site.resolve("upload.png"), "not in the way");

    Leash.End end = pull();

    assertThat(end.isGood()).as(end.output()).isTrue();
    assertThat(site.resolve("index.php")).hasContent("2");
    assertThat(site.resolve("plugins/new/a b.php")).hasContent("git's");
    assertThat(site.resolve("about")).hasContent("git's");
    assertThat(site.resolve("config.php")).hasContent("changed here, too");
    assertThat(site.resolve("upload.png")).hasContent("not in the way");
    Path kept;
    try (Stream<Path> times = Files.list(site.resolve(".git/trifold-kept"))) {
      kept = times.findFirst().orElseThrow();
    }
    assertThat(kept.resolve("index.php")).hasContent("changed here");
    assertThat(kept.resolve("plugins/new/a b.php")).hasContent("this host's");
    assertThat(kept.resolve("about/page")).hasContent("this host's");
    assertThat(kept.resolve("config.php")).doesNotExist();
    assertThat(end.output()).contains("a b.php", "from ", " to ");
    assertThat(pull().output()).startsWith("up to date at ");
  }

  @Test
  void aBranchThatWentApartIsAnError() throws Exception {
    Files.writeString(upstream.resolve("index.php"), "2");
    commit("second");
    Files.writeString(site.resolve("index.php"), "3");
    git(site, "commit", "-q", "-a", "-m", "here");

    Leash.End end = pull();

    assertThat(end.isGood()).isFalse();
    assertThat(end.output()).contains("fast-forward");
    assertThat(site.resolve("index.php")).hasContent("3");
  }
}
