package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.Metadata;
import io.trifold.rules.FileNames;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * The name under which a version is kept beside the one that it gave way to: {@code
 * page.conflict-web2-20260131-235959-1a2b3c4d.html}. The host that wrote it, when it was modified,
 * and the beginning of its digest, so that the same version always gets the same name: whoever
 * offers it again, after whatever crash, makes no second file. Its extension stays, for programs
 * and for rules.
 */
final class AsideName {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int DIGEST_BYTES = 4;
  private static final int MAX_NAME = 255;

  private AsideName() {}

  /**
   * The path beside; empty if the change leaves no content, or there is no room for a name.
   *
   * @param host the producer's name
   */
  static Optional<String> of(Change change, String host) {
    Optional<Digest> digest = digest(change);
    if (digest.isEmpty()) {
      return Optional.empty();
    }
    Metadata metadata = ((Change.Put) change).metadata();
    String tag =
        ".conflict-"
            + host
            + "-"
            + TIME.format(Instant.ofEpochSecond(metadata.mtimeSeconds()))
            + "-"
            + HexFormat.of().formatHex(digest.get().bytes(), 0, DIGEST_BYTES);
    String path = change.path();
    String directory = PathNames.parent(path);
    String name = directory.isEmpty() ? path : path.substring(directory.length() + 1);
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 ? name.substring(0, dot) : name;
    String extension = dot > 0 ? name.substring(dot) : "";
    while (!stem.isEmpty() && length(stem + tag + extension) > MAX_NAME) {
      stem = stem.substring(0, stem.offsetByCodePoints(stem.length(), -1));
    }
    String beside = PathNames.child(directory, stem + tag + extension);
    return stem.isEmpty() || !PathNames.valid(beside) ? Optional.empty() : Optional.of(beside);
  }

  private static Optional<Digest> digest(Change change) {
    if (change instanceof Change.PutFile file) {
      return Optional.of(file.digest());
    }
    if (change instanceof Change.PutSymlink link) {
      return Optional.of(Digest.sha256(link.target().getBytes(StandardCharsets.UTF_8)));
    }
    return Optional.empty();
  }

  private static int length(String name) {
    return FileNames.encode(name).length;
  }
}
