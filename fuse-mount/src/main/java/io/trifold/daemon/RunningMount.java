package io.trifold.daemon;

import io.trifold.control.ControlClient;
import io.trifold.inspect.StatusText;
import io.trifold.posix.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A mount as others see it: by asking it. */
public final class RunningMount {
  /** What became of the question. */
  public sealed interface Answer {}

  /** The mount works. */
  public record Alive(StatusText status) implements Answer {
    /** The daemon's process. */
    public Optional<ProcessHandle> daemon() {
      return status.get("pid").map(Long::valueOf).flatMap(ProcessHandle::of);
    }
  }

  /** The mount's daemon has ended without unmounting. */
  public record Dead() implements Answer {}

  /** Neither: it took too long, or is not for this user. */
  public record Silent(String reason) implements Answer {}

  /** The errors of a FUSE mount that nobody serves any more: ENOTCONN and ECONNABORTED. */
  private static final List<String> DISCONNECTED =
      List.of("Transport endpoint is not connected", "Software caused connection abort");

  private final Path root;

  public RunningMount(Path root) {
    this.root = root;
  }

  /**
   * The mount that a path is in.
   *
   * @param path absolute and normal; nothing needs to stand there
   */
  public static RunningMount around(Path path) throws MountException {
    MountTable mounts;
    try {
      mounts = MountTable.read();
    } catch (IOException e) {
      throw new MountException("the mounts cannot be read: " + MountException.reason(e), e);
    }
    for (Path at = path; at != null; at = at.getParent()) {
      if (mounts.trifoldAt(at).isPresent()) {
        return new RunningMount(at);
      }
    }
    throw new MountException(path + " is not in a directory that is mounted by trifold");
  }

  /** Where it is mounted. */
  public Path root() {
    return root;
  }

  /** The way to its daemon. */
  public ControlClient control() throws MountException {
    Answer answer = ask();
    if (answer instanceof Silent silent) {
      throw new MountException(root + " cannot be asked: " + silent.reason());
    }
    if (answer instanceof Alive alive) {
      Optional<String> socket = alive.status().get("control");
      if (socket.isPresent()) {
        return new ControlClient(Path.of(socket.get()));
      }
    }
    throw new MountException(root + ": its daemon is dead: trifold mount replaces it");
  }

  /** The text of one of its virtual files. */
  public String read(String name) throws IOException {
    return Files.readString(root.resolve(".trifold").resolve(name));
  }

  /** Asks for its status, for at most some seconds. */
  public Answer ask() {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    // A daemon that hangs does not let go of who asks it: not a thread that the process waits for.
    Thread asker = new Thread(() -> answer.complete(askForEver()), "ask " + root);
    asker.setDaemon(true);
    asker.start();
    try {
      return answer.get(5, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return new Silent("it does not answer");
    } catch (ExecutionException e) {
      return new Silent(MountException.reason(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Silent("interrupted");
    }
  }

  private Answer askForEver() {
    try {
      return new Alive(StatusText.parse(read("status")));
    } catch (IOException e) {
      String reason = MountException.reason(e);
      return DISCONNECTED.contains(reason) ? new Dead() : new Silent(reason);
    }
  }
}
