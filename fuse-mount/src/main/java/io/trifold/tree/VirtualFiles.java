package io.trifold.tree;

import java.util.Set;

/**
 * What the hidden directory {@code /.trifold} at the mount's root shows. Read-only files, whose
 * content is made when they are opened.
 */
public interface VirtualFiles {
  /** The names that can be opened. */
  Set<String> names();

  /** The content of a file; called at each open, must not block for long. */
  byte[] read(String name);

  /**
   * The value of an extended attribute {@code user.trifold.*} of a path.
   *
   * @param path relative to the root
   * @param directory whether a directory stands there
   * @return the value, or {@code null} if there is no such attribute
   */
  String attribute(String path, boolean directory, String attribute);

  /** Shows nothing. */
  VirtualFiles NONE =
      new VirtualFiles() {
        @Override
        public Set<String> names() {
          return Set.of();
        }

        @Override
        public byte[] read(String name) {
          return new byte[0];
        }

        @Override
        public String attribute(String path, boolean directory, String attribute) {
          return null;
        }
      };
}
