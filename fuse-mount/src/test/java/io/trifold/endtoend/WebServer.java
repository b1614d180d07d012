package io.trifold.endtoend;

import java.io.IOException;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** PHP serving one host's application, and a browser that talks to it. */
final class WebServer {
  private static final String BOUNDARY = "a-boundary-that-no-file-holds";

  private final Process php;
  private final URI base;
  private final HttpClient browser =
      HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

  private WebServer(Process php, URI base) {
    this.php = php;
    this.base = base;
  }

  /** Serves this host's root, and returns when it answers. */
  static WebServer of(Host host) throws Exception {
    int port = freePort();
    Path output = host.farm().resolve(host.name() + ".php.log");
    Process php =
        Commands.start(
            List.of("php", "-S", "127.0.0.1:" + port, "-t", host.root().toString()), output);
    WebServer server = new WebServer(php, URI.create("http://127.0.0.1:" + port + "/"));
    try {
      Eventually.passes(
          () -> {
            if (!php.isAlive()) {
              throw new IllegalStateException("PHP ended: " + Files.readString(output));
            }
            server.get("");
          });
    } catch (Exception | AssertionError e) {
      server.stop();
      throw e;
    }
    return server;
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    }
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(base.resolve(path)));
  }

  byte[] download(String path) throws IOException, InterruptedException {
    return browser
        .send(HttpRequest.newBuilder(base.resolve(path)).build(), BodyHandlers.ofByteArray())
        .body();
  }

  /** Sends a form as a browser does. */
  HttpResponse<String> post(String path, Map<String, String> form)
      throws IOException, InterruptedException {
    String body =
        form.entrySet().stream()
            .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
            .collect(Collectors.joining("&"));
    return send(
        HttpRequest.newBuilder(base.resolve(path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(body)));
  }

  /** Sends a form with a file of text in its field {@code upload}. */
  HttpResponse<String> upload(String path, Map<String, String> form, String name, String text)
      throws IOException, InterruptedException {
    StringBuilder body = new StringBuilder();
    form.forEach((field, value) -> part(body, "name=\"" + field + "\"", value));
    part(body, "name=\"upload\"; filename=\"" + name + "\"", text);
    body.append("--").append(BOUNDARY).append("--\r\n");
    return send(
        HttpRequest.newBuilder(base.resolve(path))
            .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
            .POST(BodyPublishers.ofString(body.toString())));
  }

  private static void part(StringBuilder body, String disposition, String value) {
    body.append("--").append(BOUNDARY).append("\r\nContent-Disposition: form-data; ");
    body.append(disposition).append("\r\n\r\n").append(value).append("\r\n");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return browser.send(request.build(), BodyHandlers.ofString());
  }

  void stop() throws InterruptedException {
    php.destroy();
    php.waitFor();
  }
}
