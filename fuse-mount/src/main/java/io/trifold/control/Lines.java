package io.trifold.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The two ends' common language: JSON objects, a line each. */
final class Lines {
  /** A request is short, whoever sends it; answers are not read by who must be careful. */
  static final int LONGEST_REQUEST = 1 << 20;

  static final ObjectMapper JSON = new ObjectMapper();

  private final SocketChannel channel;
  private final BufferedReader reader;

  Lines(SocketChannel channel) {
    this.channel = channel;
    this.reader =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
  }

  synchronized void write(ObjectNode line) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** The next object; none if the other end has closed. */
  Optional<JsonNode> read() throws IOException {
    String line = reader.readLine();
    return line == null ? Optional.empty() : Optional.of(JSON.readTree(line));
  }

  /** As {@link #read}, from an end that is not trusted to stop. */
  Optional<JsonNode> readRequest() throws IOException {
    StringBuilder line = new StringBuilder();
    int c;
    while ((c = reader.read()) != '\n') {
      if (c < 0 || line.length() == LONGEST_REQUEST) {
        return Optional.empty();
      }
      line.append((char) c);
    }
    return Optional.of(JSON.readTree(line.toString()));
  }
}
