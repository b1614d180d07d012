package io.trifold.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A command's end. Of one thread. */
public final class ControlClient {
  private final Path socket;

  /**
   * Prepares to ask.
   *
   * @param socket the daemon's
   */
  public ControlClient(Path socket) {
    this.socket = socket;
  }

  /**
   * Makes one request, and returns when all is answered.
   *
   * @param arguments what becomes a JSON object
   * @param onAnswer told each answer as it comes
   * @return the exit code
   * @throws ControlException what the daemon says against it, or that it cannot be reached
   */
  public int call(String command, Map<String, ?> arguments, Consumer<JsonNode> onAnswer)
      throws ControlException {
    try (SocketChannel channel = connect()) {
      Lines lines = new Lines(channel);
      ObjectNode request = Lines.JSON.createObjectNode().put("command", command);
      request.set("arguments", Lines.JSON.valueToTree(arguments));
      lines.write(request);
      for (Optional<JsonNode> line = lines.read(); line.isPresent(); line = lines.read()) {
        JsonNode told = line.get();
        if (told.has("error")) {
          throw new ControlException(told.get("error").asText(), told.path("exit").asInt(1));
        }
        if (told.has("exit")) {
          return told.get("exit").asInt();
        }
        onAnswer.accept(told.path("answer"));
      }
      throw new ControlException("the mount's daemon ended before it had answered");
    } catch (IOException e) {
      throw new ControlException("the connection to the mount's daemon broke: " + reason(e), e);
    }
  }

  private SocketChannel connect() throws ControlException {
    try (ControlSocket at = ControlSocket.at(socket)) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.connect(at.address());
        return channel;
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new ControlException(
          "the mount's daemon cannot be reached by "
              + socket
              + ": "
              + reason(e)
              + ": ask as the user who mounted, on the machine itself",
          e);
    }
  }

  private static String reason(IOException e) {
    return String.valueOf(e.getMessage());
  }
}
