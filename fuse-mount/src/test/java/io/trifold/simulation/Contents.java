package io.trifold.simulation;

import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.simulation.machine.Filesystem;
import java.util.Optional;

/** What stands at a path, as one short text: kind and content, without metadata. */
final class Contents {
  static final String NOTHING = "nothing";
  static final String DIRECTORY = "directory";
  private static final int SHOWN = 12;

  private Contents() {}

  static String file(Digest digest) {
    return "file " + digest.toString().substring(0, SHOWN);
  }

  static String file(byte[] content) {
    return file(Digest.sha256(content));
  }

  static String of(Filesystem.Node node) {
    if (node.isFile()) {
      return file(node.content());
    }
    return node.isDirectory() ? DIRECTORY : "link to " + node.target();
  }

  static String of(Optional<Filesystem.Node> node) {
    return node.map(Contents::of).orElse(NOTHING);
  }

  static String of(Change change) {
    if (change instanceof Change.PutFile file) {
      return file(file.digest());
    }
    if (change instanceof Change.PutSymlink link) {
      return "link to " + link.target();
    }
    return change instanceof Change.PutDirectory ? DIRECTORY : NOTHING;
  }

  static boolean equal(Change one, Change other) {
    return of(one).equals(of(other));
  }
}
