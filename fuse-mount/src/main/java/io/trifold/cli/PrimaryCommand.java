package io.trifold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.control.ControlClient;
import io.trifold.control.ControlException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code trifold primary}. */
@Command(
    name = "primary",
    description = "Runs a command if this host is the farm's primary, or says who is.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "  trifold primary                        says who is the primary",
      "  trifold primary -- php cron.php        runs it on the primary; elsewhere nothing, exit 0",
      "",
      "The command finds TRIFOLD_HOST, TRIFOLD_ROOT and TRIFOLD_TERM in its environment, and is",
      "killed when this host stops being the primary."
    })
final class PrimaryCommand implements Callable<Integer> {
  private static final long BEAT_SECONDS = 6;
  private static final int LOST = 75;

  @Mixin private MountChoice mount;

  @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "A program and its arguments.")
  private List<String> command = List.of();

  private final CompletableFuture<JsonNode> first = new CompletableFuture<>();
  private final AtomicLong heard = new AtomicLong(System.nanoTime());

  @Override
  public Integer call() throws Exception {
    ControlClient control = mount.control();
    if (command.isEmpty()) {
      return control.call("primary", Map.of("follow", false), PrimaryCommand::say);
    }
    // The daemon tells every second that it still is so; a thread of its own hears that.
    Thread listener = new Thread(() -> listen(control), "primary");
    listener.setDaemon(true);
    listener.start();
    JsonNode answer;
    try {
      answer = first.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ControlException refused ? refused : e;
    }
    return answer.path("here").asBoolean() ? run(answer, listener) : 0;
  }

  private void listen(ControlClient control) {
    try {
      control.call(
          "primary",
          Map.of("follow", true),
          answer -> {
            heard.set(System.nanoTime());
            first.complete(answer);
          });
    } catch (ControlException e) {
      first.completeExceptionally(e);
    }
  }

  private int run(JsonNode answer, Thread listener) throws IOException, InterruptedException {
    // Killed with this process, too, should that be killed: nobody would end it then.
    List<String> held = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
    held.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(held).inheritIO();
    builder.environment().put("TRIFOLD_HOST", answer.path("host").asText());
    builder.environment().put("TRIFOLD_ROOT", answer.path("root").asText());
    builder.environment().put("TRIFOLD_TERM", answer.path("term").asText());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      System.err.println("trifold: " + command.get(0) + " cannot be run: " + e.getMessage());
      return 127;
    }
    Thread killer = new Thread(() -> kill(process), "kill");
    Runtime.getRuntime().addShutdownHook(killer);
    while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
      boolean silent = System.nanoTime() - heard.get() > TimeUnit.SECONDS.toNanos(BEAT_SECONDS);
      if (silent || !listener.isAlive()) {
        kill(process);
        System.err.println("trifold: this host is no longer the primary: the command was killed");
        return LOST;
      }
    }
    Runtime.getRuntime().removeShutdownHook(killer);
    return process.exitValue();
  }

  private static void kill(Process process) {
    List<ProcessHandle> all = process.descendants().toList();
    process.destroyForcibly();
    all.forEach(ProcessHandle::destroyForcibly);
  }

  private static void say(JsonNode answer) {
    if (!answer.has("holder")) {
      System.out.println("there is no primary yet");
      return;
    }
    System.out.println(
        answer.path("holder").asText()
            + (answer.path("here").asBoolean() ? " (this host)" : "")
            + ", term "
            + answer.path("holder-term").asText()
            + (answer.path("holder-live").asBoolean() ? "" : ", gone"));
  }
}
