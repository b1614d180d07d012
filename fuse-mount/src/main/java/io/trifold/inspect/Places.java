package io.trifold.inspect;

import io.trifold.rules.Side;
import java.nio.file.Path;

/**
 * The two directory trees that a mount is made of.
 *
 * @param root the application's directory; its own content lies below the mount
 * @param remote the root of the shared storage
 */
public record Places(Path root, Path remote) {
  /** Where the bytes of a path of this side are. */
  String bytes(Side side, String path) {
    String base = (side == Side.SHARED ? remote : root).toString();
    return path.isEmpty() ? base : base + "/" + path;
  }
}
