package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("trifold join")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class JoinIT {
  private static final int FILES = 2000;

  @TempDir Path home;

  private Trifold trifold;
  private Path first;

  @BeforeEach
  void haveAFarmOfOneHost() throws Exception {
    trifold = new Trifold(home);
    trifold.file("site.rules", "propagated pages/");
    first = trifold.directory("first");
    Random random = new Random(1);
    for (int i = 0; i < FILES; i++) {
      Path file = first.resolve("pages/" + i % 20 + "/" + i);
      Files.createDirectories(file.getParent());
      byte[] content = new byte[i % 500 == 0 ? 20_000 : random.nextInt(3000)];
      random.nextBytes(content);
      Files.write(file, content);
    }
    join("first").succeeded();
  }

  @AfterEach
  void stop() throws IOException {
    trifold.close();
  }

  private String[] arguments(String name) {
    return new String[] {
      "join",
      home.resolve(name).toString(),
      "--rules",
      "site.rules",
      "--state",
      "state",
      "--host",
      name
    };
  }

  private Trifold.Result join(String name) throws IOException {
    trifold.directory(name);
    return trifold.run(arguments(name));
  }

  private void assertSame(Path other) throws IOException {
    assertThat(trifold.sh("diff -r --no-dereference " + first + "/pages " + other + "/pages 2>&1"))
        .isEmpty();
  }

  @Test
  void anEmptyHostHasAllOfTheFarmAfterwardsAndNothingToDoTheNextTime() throws Exception {
    Trifold.Result result = join("second").succeeded();

    assertSame(home.resolve("second"));
    assertThat(result.out()).contains("has joined the farm as host second");
    assertThat(join("second").succeeded().out()).contains("had joined and is in step");
  }

  @Test
  void aCopyFetchesOnlyWhatDiffersAndKeepsWhatItHad() throws Exception {
    trifold.sh("cp -a first second");
    Path second = home.resolve("second");
    byte[] farms = Files.readAllBytes(first.resolve("pages/3/3"));
    Files.writeString(second.resolve("pages/3/3"), "edited on the copy");
    Files.writeString(second.resolve("pages/3/new"), "only on the copy");

    Trifold.Result result = join("second").succeeded();

    assertThat(second.resolve("pages/3/3")).hasBinaryContent(farms);
    assertThat(result.out()).contains(" 1 fetched", "1 files that differed");
    String last = result.out().lines().reduce((a, b) -> b).orElseThrow();
    String displaced = last.substring(last.indexOf('/'));
    assertThat(trifold.sh("cat '" + displaced + "'/*/pages/3/3")).isEqualTo("edited on the copy");
    join("first").succeeded();
    assertThat(first.resolve("pages/3/new")).hasContent("only on the copy");
    assertSame(second);
  }

  @Test
  void killedInTheMiddleItGoesOnTheNextTime() throws Exception {
    trifold.directory("second");
    Path second = home.resolve("second");
    Process joining = trifold.start(arguments("second"));
    while (!Files.exists(second.resolve("pages/0/0")) && joining.isAlive()) {
      Thread.sleep(1);
    }
    joining.destroyForcibly().onExit().join();
    assertThat(trifold.sh("find second/pages -type f | wc -l").strip())
        .isNotEqualTo(Integer.toString(FILES));

    join("second").succeeded();

    assertSame(second);
    assertThat(second.resolve(".trifold/staging")).isEmptyDirectory();
    assertThat(trifold.sh("find state/mounts/*second*/displaced -type f")).isEmpty();
  }

  @Test
  void aMountedRootIsRefused() throws Exception {
    trifold
        .run(
            "mount",
            first.toString(),
            "--rules",
            "site.rules",
            "--state",
            "state",
            "--host",
            "first")
        .succeeded();

    join("first").failed(1, "is mounted", "trifold umount");
  }
}
