package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold hosts}. */
@Command(
    name = "hosts",
    description = "Lists the hosts of a farm: how far each is, and when it was last heard of.",
    subcommands = {HostsCommand.Forget.class, HostsCommand.Keep.class},
    mixinStandardHelpOptions = true)
final class HostsCommand implements Callable<Integer> {
  @Mixin private MountChoice mount;

  @Override
  public Integer call() throws Exception {
    List<JsonNode> hosts = new ArrayList<>();
    int exit = mount.control().call("hosts", Map.of(), hosts::add);
    int width =
        hosts.stream().mapToInt(host -> host.path("host").asText().length()).max().orElse(0);
    Instant now = Instant.now();
    for (JsonNode host : hosts) {
      System.out.printf(
          "%-" + Math.max(1, width) + "s  position %d, lag %d, %s, %s, at %s%n",
          host.path("host").asText(),
          host.path("position").asLong(),
          host.path("lag").asLong(),
          host.path("mode").asText(),
          life(host, now),
          host.path("root").asText());
    }
    return exit;
  }

  private static String life(JsonNode host, Instant now) {
    if (host.path("live").asBoolean()) {
      return "live";
    }
    String seen = "last heard of " + Age.between(host.path("seen").asText(), now) + " ago";
    if (host.path("expired").asBoolean()) {
      return seen + ", expired: the log does not wait for it";
    }
    if (host.path("expiring").asBoolean()) {
      return seen
          + ", expires in "
          + Age.of(Duration.between(now, Instant.parse(host.path("expires").asText())));
    }
    return seen;
  }

  /** {@code trifold hosts forget}. */
  @Command(
      name = "forget",
      description = {
        "Takes a host that is gone off the farm's list: the log does not wait for it any more.",
        "Should it come back, it is compared with the farm path by path, as after a long absence."
      },
      mixinStandardHelpOptions = true)
  static final class Forget implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "The host's name.")
    private String name;

    @Mixin private MountChoice mount;

    @Override
    public Integer call() throws Exception {
      int exit = mount.control().call("hosts-forget", Map.of("host", name), nothing -> {});
      System.out.println("host " + name + " is forgotten");
      return exit;
    }
  }

  /** {@code trifold hosts keep}. */
  @Command(
      name = "keep",
      description = "Shows, and changes, for how long the farm keeps its log and waits for hosts.",
      mixinStandardHelpOptions = true,
      footer = {"", "A TIME is a number with s, m, h or d, such as 30d."})
  static final class Keep implements Callable<Integer> {
    @Option(
        names = "--expiry",
        paramLabel = "TIME",
        description = "How long a host may be silent before the log no longer waits for it.")
    private String expiry;

    @Option(
        names = "--log",
        paramLabel = "TIME",
        description = "How old events must be before the log no longer has every one of them.")
    private String log;

    @Mixin private MountChoice mount;

    @Override
    public Integer call() throws Exception {
      Map<String, Object> arguments = new LinkedHashMap<>();
      if (expiry != null) {
        arguments.put("expiry", Age.parse("--expiry", expiry).toSeconds());
      }
      if (log != null) {
        arguments.put("log", Age.parse("--log", log).toSeconds());
      }
      return mount.control().call("hosts-keep", arguments, Keep::show);
    }

    private static void show(JsonNode now) {
      System.out.println("expiry:   " + Age.of(Duration.ofSeconds(now.path("expiry").asLong())));
      System.out.println("log:      " + Age.of(Duration.ofSeconds(now.path("log").asLong())));
      System.out.println("oldest:   " + now.path("oldest").asLong());
      System.out.println("applied:  " + now.path("applied").asLong());
      String began = now.path("began").asText();
      if (!began.isEmpty()) {
        System.out.println(
            "last run: "
                + Age.between(began, Instant.now())
                + " ago by "
                + now.path("host").asText()
                + ": "
                + now.path("outcome").asText());
      }
    }
  }
}
