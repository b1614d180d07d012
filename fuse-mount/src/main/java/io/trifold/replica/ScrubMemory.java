package io.trifold.replica;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trifold.queue.Digest;
import io.trifold.queue.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the scrub remembers over a restart: how far it is, and what it found the last time; in a
 * small file of the mount's state. Losing it costs a pass, no more.
 */
final class ScrubMemory {
  private static final Logger LOG = LoggerFactory.getLogger(ScrubMemory.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;

  ScrubMemory(Path file) {
    this.file = file;
  }

  /**
   * What is remembered.
   *
   * @param progress of the pass that was not finished
   * @param last the report of the last pass over everything
   */
  record Memory(Optional<VerifyProgress> progress, Optional<VerifyReport> last) {
    static final Memory NONE = new Memory(Optional.empty(), Optional.empty());
  }

  Memory read() {
    try {
      JsonNode node = JSON.readTree(Files.readAllBytes(file));
      return new Memory(
          Optional.ofNullable(node.get("progress")).map(ScrubMemory::progress),
          Optional.ofNullable(node.get("last")).map(ScrubMemory::report));
    } catch (NoSuchFileException e) {
      return Memory.NONE;
    } catch (IOException | RuntimeException e) {
      LOG.warn("{} cannot be read, the verification begins anew: {}", file, e.getMessage());
      return Memory.NONE;
    }
  }

  void write(Memory memory) {
    ObjectNode node = JSON.createObjectNode();
    memory.progress().ifPresent(progress -> node.set("progress", json(progress)));
    memory.last().ifPresent(report -> node.set("last", json(report)));
    Path beside = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(beside);
      Files.createFile(
          beside,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(beside, JSON.writeValueAsBytes(node));
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      LOG.warn("{} cannot be written: {}", file, e.getMessage());
    }
  }

  private static ObjectNode json(VerifyProgress progress) {
    ObjectNode node = JSON.createObjectNode();
    node.put("epoch", progress.epoch().toString());
    node.set("verification", json(progress.verification()));
    node.put("after", progress.after());
    node.put("digest", progress.digest().toString());
    node.put("paths", progress.paths());
    node.put("bytes", progress.bytes());
    node.put("unbound", progress.unbound());
    node.put("divergent", progress.divergent());
    node.put("missing", progress.missing());
    ArrayNode again = node.putArray("again");
    progress.again().forEach(again::add);
    node.set("divergences", json(progress.divergences()));
    return node;
  }

  private static VerifyProgress progress(JsonNode node) {
    List<String> again = new ArrayList<>();
    node.get("again").forEach(path -> again.add(path.asText()));
    return new VerifyProgress(
        UUID.fromString(node.get("epoch").asText()),
        verification(node.get("verification")),
        node.get("after").asText(),
        digest(node.get("digest")),
        node.get("paths").asLong(),
        node.get("bytes").asLong(),
        node.get("unbound").asLong(),
        again,
        node.get("divergent").asLong(),
        node.get("missing").asLong(),
        divergences(node.get("divergences")));
  }

  private static ObjectNode json(VerifyReport report) {
    ObjectNode node = JSON.createObjectNode();
    node.set("verification", json(report.verification()));
    node.put("digest", report.digest().toString());
    node.put("paths", report.paths());
    node.put("bytes", report.bytes());
    node.put("unbound", report.unbound());
    node.put("moving", report.moving());
    node.put("divergent", report.divergent());
    node.put("missing", report.missing());
    node.set("divergences", json(report.divergences()));
    node.put("finished", report.finished().toEpochMilli());
    return node;
  }

  private static VerifyReport report(JsonNode node) {
    return new VerifyReport(
        verification(node.get("verification")),
        digest(node.get("digest")),
        node.get("paths").asLong(),
        node.get("bytes").asLong(),
        node.get("unbound").asLong(),
        node.get("moving").asLong(),
        node.get("divergent").asLong(),
        node.get("missing").asLong(),
        divergences(node.get("divergences")),
        Instant.ofEpochMilli(node.get("finished").asLong()));
  }

  private static ObjectNode json(Verification verification) {
    ObjectNode node = JSON.createObjectNode();
    node.put("id", verification.id());
    node.put("position", verification.position());
    node.put("below", verification.below());
    node.put("urgent", verification.urgent());
    node.put("asked-by", verification.askedBy());
    node.put("asked-at", verification.askedAt().toString());
    return node;
  }

  private static Verification verification(JsonNode node) {
    return new Verification(
        node.get("id").asLong(),
        node.get("position").asLong(),
        node.get("below").asText(),
        node.get("urgent").asBoolean(),
        node.get("asked-by").asText(),
        Instant.parse(node.get("asked-at").asText()));
  }

  private static ArrayNode json(List<Divergence> divergences) {
    ArrayNode nodes = JSON.createArrayNode();
    for (Divergence divergence : divergences) {
      nodes
          .addObject()
          .put("path", divergence.path())
          .put("kind", divergence.kind().name())
          .put("version", divergence.version())
          .put("here", divergence.here())
          .put("log", divergence.log());
    }
    return nodes;
  }

  private static List<Divergence> divergences(JsonNode nodes) {
    List<Divergence> divergences = new ArrayList<>();
    for (JsonNode node : nodes) {
      divergences.add(
          new Divergence(
              node.get("path").asText(),
              Divergence.Kind.valueOf(node.get("kind").asText()),
              node.get("version").asLong(),
              node.get("here").asText(),
              node.get("log").asText()));
    }
    return divergences;
  }

  private static Digest digest(JsonNode node) {
    return Digest.of(HexFormat.of().parseHex(node.asText()));
  }
}
