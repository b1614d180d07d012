package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a mount tells balancers, and the examples for HAProxy and nginx as they stand. */
class BalancerIT {
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
  private final List<Process> servers = new ArrayList<>();

  @TempDir Path directory;

  private FarmHosts farm;
  private int first;
  private int second;

  @BeforeEach
  void layOut() throws Exception {
    Requirements.mounts();
    Requirements.programs("nginx", "haproxy");
    directory = directory.toRealPath();
    farm =
        FarmHosts.in(directory, "propagated /pages/\nremote /uploads/\n", List.of("web1", "web2"));
    first = freePort();
    second = freePort();
    farm.host(0).configure("health = \"127.0.0.1:" + first + "\"");
    farm.host(1).configure("health = \"127.0.0.1:" + second + "\"");
    farm.mount();
  }

  @AfterEach
  void takeAway() throws Exception {
    for (Process server : servers) {
      Commands.stop(server);
    }
    if (farm != null) {
      farm.stop();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private HttpResponse<String> get(int port, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aHostIsReadyUnlessItsStorageIsAwayOrItDrains() throws Exception {
    assertThat(get(first, "/healthz").body()).isEqualTo("alive\n");
    Eventually.passes(() -> assertThat(get(first, "/readyz").body()).isEqualTo("ready\n"));
    assertThat(get(first, "/.trifold").statusCode()).isEqualTo(404);

    farm.host(0).on("drain").exits(0);
    assertThat(get(first, "/readyz").statusCode()).isEqualTo(503);
    assertThat(get(first, "/readyz").body()).isEqualTo("draining\n");
    farm.host(0).unmount();
    farm.host(0).mount();
    assertThat(get(first, "/readyz").body()).isEqualTo("draining\n");
    farm.host(0).on("undrain").exits(0);
    Eventually.passes(() -> assertThat(get(first, "/readyz").statusCode()).isEqualTo(200));

    Path storage = directory.resolve("shared_storage");
    Files.move(storage, directory.resolve("elsewhere"));
    Files.createDirectory(storage);
    Eventually.passes(
        () -> {
          // Whether the storage is there is looked at while it is used.
          assertThat(farm.host(0).path("uploads/x").toFile().exists()).isFalse();
          assertThat(get(first, "/readyz").body()).contains("the shared storage ");
          assertThat(get(first, "/readyz").statusCode()).isEqualTo(503);
        });
    Files.delete(storage);
    Files.move(directory.resolve("elsewhere"), storage);
    Eventually.passes(() -> assertThat(get(first, "/readyz").statusCode()).isEqualTo(200));
  }

  @Test
  void aHostThatIsTooFarBehindIsNotReadyUntilItHasCaughtUp() throws Exception {
    Path held = Files.createFile(directory.resolve("held"));
    farm.host(0).unmount();
    farm.host(1).unmount();
    Files.writeString(
        directory.resolve("site.rules"),
        "propagated /pages/slow/ on-apply=hold\n",
        StandardOpenOption.APPEND);
    String user = "user = \"" + System.getProperty("user.name") + "\"";
    String data = "data = \"(?s).*\"";
    farm.host(0)
        .configure(
            "health = \"127.0.0.1:" + first + "\"",
            "ready-lag = \"3\"",
            "[calls.hold]",
            "command = [\"/bin/cat\"]",
            user,
            data);
    farm.host(1)
        .configure(
            "health = \"127.0.0.1:" + second + "\"",
            "ready-lag = \"3\"",
            "[calls.hold]",
            "command = [\"/bin/sh\", \"-c\", \"while [ -e "
                + held
                + " ]; do sleep 0.1; done; cat\"]",
            user,
            data);
    farm.mount();
    Eventually.passes(() -> assertThat(get(second, "/readyz").statusCode()).isEqualTo(200));

    Files.createDirectories(farm.host(0).path("pages/slow"));
    for (int i = 0; i < 20; i++) {
      Files.writeString(farm.host(0).path("pages/slow/" + i), "page " + i);
    }
    Eventually.passes(
        () -> {
          HttpResponse<String> answer = get(second, "/readyz");
          assertThat(answer.statusCode()).isEqualTo(503);
          assertThat(answer.body()).matches("behind by [0-9]+ events, and at most 3 are allowed\n");
        });
    Eventually.passes(() -> assertThat(get(first, "/readyz").statusCode()).isEqualTo(200));

    Files.delete(held);
    Eventually.passes(() -> assertThat(get(second, "/readyz").statusCode()).isEqualTo(200));
    assertThat(farm.host(1).path("pages/slow/0")).hasContent("page 0");
  }

  @Test
  void aHostStaysReadyWhileTheDatabaseIsAway() throws Exception {
    for (int port : List.of(first, second)) {
      Eventually.passes(() -> assertThat(get(port, "/readyz").statusCode()).isEqualTo(200));
    }
    farm.stopDatabase();
    Files.createDirectories(farm.host(0).path("pages"));
    Files.writeString(farm.host(0).path("pages/waits"), "a page");

    for (FarmHosts.Member host : farm.hosts()) {
      Eventually.passes(
          () ->
              assertThat(Files.readString(host.path(".trifold/status")))
                  .containsPattern("(?m)^state: +away"));
    }
    for (int port : List.of(first, second)) {
      assertThat(get(port, "/readyz").body()).isEqualTo("ready\n");
      assertThat(get(port, "/readyz").statusCode()).isEqualTo(200);
    }
    farm.startDatabase();
    Eventually.passes(() -> assertThat(farm.host(1).path("pages/waits")).hasContent("a page"));
    assertThat(get(second, "/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void theExampleForHaproxySendsRequestsToReadyHostsOnly() throws Exception {
    int site = freePort();
    int web1 = webServer("one", first);
    int web2 = webServer("two", second);
    String config =
        Files.readString(Commands.TOP.resolve("examples/haproxy.cfg"))
            .replace("bind :80", "bind 127.0.0.1:" + site)
            .replace(" port 8079", "")
            .replace("server web1 web1:80", "server web1 127.0.0.1:" + web1 + " port " + first)
            .replace("server web2 web2:80", "server web2 127.0.0.1:" + web2 + " port " + second);
    Path file = Files.writeString(directory.resolve("haproxy.cfg"), config);
    start("haproxy", List.of("haproxy", "-db", "-f", file.toString()));

    seesBoth(site);
    farm.host(0).on("drain").exits(0);
    Eventually.passes(() -> assertThat(ten(site)).containsOnly("two"));
    farm.host(0).on("undrain").exits(0);
    seesBoth(site);
  }

  @Test
  void theExamplesForNginxSendEachRequestToAReadyHost() throws Exception {
    int site = freePort();
    nginxBalancer(site, webServer("one", first), webServer("two", second));

    seesBoth(site);
    farm.host(0).on("drain").exits(0);
    Eventually.passes(() -> assertThat(ten(site)).containsOnly("two"));
    farm.host(0).on("undrain").exits(0);
    seesBoth(site);
  }

  @Test
  void noRequestFailsWhileAHostBehindNginxIsTakenOutAndMountedAnew() throws Exception {
    int site = freePort();
    int web1 = webServer("one", first);
    nginxBalancer(site, web1, webServer("two", second));
    seesBoth(site);
    AtomicBoolean enough = new AtomicBoolean();
    CompletableFuture<List<String>> visitor =
        CompletableFuture.supplyAsync(() -> visit(site, enough));
    try {
      farm.host(0).on("drain").exits(0);
      // What its server knows of the mount counts for a second. The balancer's answers do not tell
      // when it is over: beside the visitor, ten in turn can all be the other host's before.
      Eventually.passes(() -> assertThat(get(web1, "/").statusCode()).isEqualTo(503));
      assertThat(ten(site)).containsOnly("two");
      farm.host(0).unmount();
      assertThat(ten(site)).containsOnly("two");
      farm.host(0).mount();
      farm.host(0).on("undrain").exits(0);
      seesBoth(site);
    } finally {
      enough.set(true);
    }
    assertThat(visitor.get(1, TimeUnit.MINUTES))
        .containsOnly("200 one", "200 two")
        .contains("200 one", "200 two");
  }

  /** Until it is enough; what each request was answered. */
  private List<String> visit(int site, AtomicBoolean enough) {
    List<String> answers = new ArrayList<>();
    while (!enough.get()) {
      try {
        HttpResponse<String> response = get(site, "/");
        answers.add(response.statusCode() + " " + response.body().strip());
      } catch (Exception e) {
        answers.add(e.toString());
      }
    }
    return answers;
  }

  private void nginxBalancer(int site, int web1, int web2) throws Exception {
    nginx(
        "balancer",
        Files.readString(Commands.TOP.resolve("examples/nginx-balancer.conf"))
            .replace("listen 80", "listen 127.0.0.1:" + site)
            .replace("web1:80", "127.0.0.1:" + web1)
            .replace("web2:80", "127.0.0.1:" + web2));
  }

  private void seesBoth(int site) throws Exception {
    Eventually.passes(
        () -> assertThat(ten(site)).containsOnly("one", "two").contains("one", "two"));
  }

  /** What ten requests are answered. */
  private List<String> ten(int site) throws Exception {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      HttpResponse<String> response = get(site, "/");
      assertThat(response.statusCode()).isEqualTo(200);
      answers.add(response.body().strip());
    }
    return answers;
  }

  /** A host's own web server, by the example. */
  private int webServer(String answer, int health) throws Exception {
    int port = freePort();
    Path root = Files.createDirectories(directory.resolve("site-" + answer));
    Files.writeString(root.resolve("index.html"), answer + "\n");
    String config =
        Files.readString(Commands.TOP.resolve("examples/nginx-host.conf"))
            .replace("listen 80", "listen 127.0.0.1:" + port)
            .replace("/srv/app", root.toString())
            .replace("/var/cache/nginx/ready", directory.resolve("cache-" + answer).toString())
            .replace("127.0.0.1:8079", "127.0.0.1:" + health);
    nginx(answer, config);
    return port;
  }

  private void nginx(String name, String config) throws Exception {
    Path file = Files.writeString(directory.resolve(name + ".conf"), config);
    Path prefix = Files.createDirectories(directory.resolve("nginx-" + name));
    String user = System.getProperty("user.name").equals("root") ? "user root;" : "";
    start(
        name,
        List.of(
            "nginx",
            "-p",
            prefix.toString(),
            "-c",
            file.toString(),
            "-e",
            directory.resolve(name + ".err").toString(),
            "-g",
            user
                + "daemon off; error_log "
                + directory.resolve(name + ".err")
                + "; pid "
                + prefix
                + "/pid;"));
  }

  private void start(String name, List<String> command) throws IOException {
    servers.add(Commands.start(command, directory.resolve(name + ".log")));
  }
}
