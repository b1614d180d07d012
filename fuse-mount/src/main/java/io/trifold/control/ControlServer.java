package io.trifold.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.QueueException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon's end. Only the daemon's own user (and root) can reach the socket: its directory is
 * closed to others, and so is the file.
 */
public final class ControlServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlServer.class);
  private static final int MOST_CONNECTIONS = 64;

  private final Path socket;
  private final ServerSocketChannel server;
  private final Map<String, ControlCommand> commands = new ConcurrentHashMap<>();
  private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
  private final Semaphore places = new Semaphore(MOST_CONNECTIONS);

  private ControlServer(Path socket, ServerSocketChannel server) {
    this.socket = socket;
    this.server = server;
  }

  /**
   * Listens. One that a daemon left behind is replaced.
   *
   * @param socket in a directory that is closed to other users
   */
  public static ControlServer open(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try (ControlSocket at = ControlSocket.at(socket)) {
      server.bind(at.address());
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      server.close();
      throw e;
    }
    ControlServer it = new ControlServer(socket, server);
    begin("trifold-control", it::accept);
    return it;
  }

  /** Where it listens. */
  public Path socket() {
    return socket;
  }

  /** From now on, this is done when it is asked for by this name. */
  public void register(String name, ControlCommand command) {
    commands.put(name, command);
  }

  private static Thread begin(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        if (places.tryAcquire()) {
          connections.add(channel);
          begin("trifold-control-connection", () -> serve(channel));
        } else {
          log.warn("{} requests are under way: one more is refused", MOST_CONNECTIONS);
          channel.close();
        }
      }
    } catch (ClosedChannelException e) {
      log.debug("closed", e);
    } catch (IOException | RuntimeException e) {
      log.error("commands cannot reach this mount any more", e);
    }
  }

  private void serve(SocketChannel channel) {
    try {
      Lines lines = new Lines(channel);
      Optional<JsonNode> request = lines.readRequest();
      if (request.isPresent()) {
        // A thread of its own, to be interrupted when this one sees the other end close.
        Thread worker =
            begin(
                "trifold-control-" + request.get().path("command").asText(),
                () -> answer(request.get(), lines, channel));
        awaitEnd(lines);
        worker.interrupt();
        worker.join();
      }
    } catch (IOException e) {
      log.debug("a request broke off", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close(channel);
      connections.remove(channel);
      places.release();
    }
  }

  private static void awaitEnd(Lines lines) {
    try {
      while (lines.readRequest().isPresent()) {
        log.debug("more than one request on a connection");
      }
    } catch (IOException e) {
      log.trace("the connection ends", e);
    }
  }

  private void answer(JsonNode request, Lines lines, SocketChannel channel) {
    try {
      lines.write(run(request, lines));
    } catch (AsynchronousCloseException e) {
      log.debug("the asker is gone", e);
    } catch (IOException e) {
      log.debug("the asker cannot be told", e);
    } finally {
      close(channel);
    }
  }

  @SuppressWarnings("CatchingUnchecked") // A command's failure is the asker's, not the daemon's.
  private ObjectNode run(JsonNode request, Lines lines) throws IOException {
    String name = request.path("command").asText();
    ControlCommand command = commands.get(name);
    if (command == null) {
      return failure("this mount does not know the request \"" + name + "\"", 1);
    }
    try {
      JsonNode arguments = request.path("arguments");
      int exitCode =
          command.run(
              arguments,
              answer ->
                  lines.write(
                      Lines.JSON.createObjectNode().set("answer", Lines.JSON.valueToTree(answer))));
      return Lines.JSON.createObjectNode().put("exit", exitCode);
    } catch (ControlException e) {
      return failure(e.getMessage(), e.exitCode());
    } catch (QueueException | ErrnoException e) {
      return failure(e.getMessage(), 1);
    } catch (InterruptedException e) {
      return failure("interrupted", 1);
    } catch (RuntimeException | Error e) {
      log.error("the request {} failed", name, e);
      return failure("internal error: " + e + " (the mount's log has more)", 1);
    }
  }

  private static ObjectNode failure(String message, int exitCode) {
    return Lines.JSON.createObjectNode().put("error", message).put("exit", exitCode);
  }

  /** Ends what is under way, too. */
  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket);
    connections.forEach(ControlServer::close);
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("cannot be closed", e);
    }
  }
}
