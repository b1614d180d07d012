package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("trifold hosts")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class HostsIT {
  @TempDir Path home;

  private Trifold trifold;
  private String root;

  @BeforeEach
  void haveAFarm() throws Exception {
    trifold = new Trifold(home);
    trifold.file("site.rules", "propagated pages/");
    root = trifold.directory("one").toString();
    trifold.directory("gone");
    trifold
        .run("join", "gone", "--rules", "site.rules", "--state", "state", "--host", "gone")
        .succeeded();
    trifold
        .run("mount", root, "--rules", "site.rules", "--state", "state", "--host", "one")
        .succeeded();
  }

  @AfterEach
  void stop() throws IOException {
    trifold.close();
  }

  private Trifold.Result hosts(String... arguments) throws IOException {
    String[] all = new String[arguments.length + 3];
    all[0] = "hosts";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[all.length - 2] = "--root";
    all[all.length - 1] = root;
    return trifold.run(all);
  }

  @Test
  void theHostsAreListedAndOneThatIsGoneIsForgotten() throws Exception {
    assertThat(hosts().succeeded().out().lines())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("one ") && line.contains("live"))
        .anyMatch(line -> line.startsWith("gone") && line.contains("last heard of"));

    hosts("forget", "one").failed(1, "host \"one\" is mounted");
    hosts("forget", "nobody").failed(1, "no host \"nobody\"");
    hosts("forget", "gone").succeeded();

    assertThat(hosts().succeeded().out()).startsWith("one ").doesNotContain("gone");
  }

  @Test
  void howLongThingsAreKeptIsShownAndChanged() throws Exception {
    assertThat(hosts("keep").succeeded().out()).contains("expiry:   30d", "log:      30d");

    assertThat(hosts("keep", "--expiry", "60d", "--log", "7d").succeeded().out())
        .contains("expiry:   60d", "log:      7d");

    hosts("keep", "--expiry", "1s").failed(1, "60 seconds");
    hosts("keep", "--log", "soon").failed(2, "--log: soon is no length of time");
    assertThat(Files.readString(Path.of(root, ".trifold/status"))).contains("log-begins:");
  }
}
