package io.trifold.endtoend;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network of its own for the processes of one host, with one wire to ours. What is sent while the
 * wire is cut is lost without a word to anybody: no connection breaks, none is refused.
 *
 * <p>It lives as long as the process that holds it, and so does the wire.
 */
final class NetworkNamespace implements AutoCloseable {
  private final Process holder;
  private final String wire;
  private final String ours;

  /**
   * Makes one.
   *
   * @param output of the process that holds it
   */
  NetworkNamespace(Path output) throws Exception {
    holder = Commands.start(List.of("unshare", "--net", "sleep", "infinity"), output);
    wire = "trifold" + holder.pid();
    // Four addresses of 10.64.0.0/10 for each process id: other tests may be running.
    long network = holder.pid() % (1 << 20) * 4;
    String prefix = "10.%d.%d.".formatted(64 + (network >> 16), network >> 8 & 255);
    long first = network & 255;
    ours = prefix + (first + 1);
    try {
      Eventually.passes(this::requireOwn);
      ip("link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", pid());
      ip("address", "add", ours + "/30", "dev", wire);
      connect(true);
      Commands.succeed(
          within(List.of("ip", "address", "add", prefix + (first + 2) + "/30", "dev", "eth0")));
      Commands.succeed(within(List.of("ip", "link", "set", "eth0", "up")));
      Commands.succeed(within(List.of("ip", "link", "set", "lo", "up")));
    } catch (Exception | AssertionError e) {
      close();
      throw e;
    }
  }

  /** The holder begins in ours. */
  private void requireOwn() throws IOException {
    if (!holder.isAlive()) {
      throw new IllegalStateException("no network namespace can be made");
    }
    Path its = Files.readSymbolicLink(Path.of("/proc/" + pid() + "/ns/net"));
    if (its.equals(Files.readSymbolicLink(Path.of("/proc/self/ns/net")))) {
      throw new IOException("no network namespace yet");
    }
  }

  private String pid() {
    return Long.toString(holder.pid());
  }

  private static void ip(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Commands.succeed(command);
  }

  /** Our end of the wire, as the other end reaches it. */
  InetAddress address() throws IOException {
    return InetAddress.getByName(ours);
  }

  /** The same command in this network. */
  List<String> within(List<String> command) {
    List<String> all = new ArrayList<>(List.of("nsenter", "--net=/proc/" + pid() + "/ns/net"));
    all.addAll(command);
    return all;
  }

  /** Mends the wire, or cuts it. */
  void connect(boolean now) throws IOException, InterruptedException {
    ip("link", "set", wire, now ? "up" : "down");
  }

  @Override
  public void close() {
    holder.destroyForcibly();
    holder.onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
