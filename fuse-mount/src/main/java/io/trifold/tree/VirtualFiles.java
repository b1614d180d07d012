package io.trifold.tree;

import java.util.Map;

/** What the hidden directory {@code /.trifold} at the mount's root shows. */
public interface VirtualFiles {
  /** That directory. */
  VirtualNode.Directory directory();

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
        public VirtualNode.Directory directory() {
          return VirtualNode.directory(Map.of());
        }

        @Override
        public String attribute(String path, boolean directory, String attribute) {
          return null;
        }
      };
}
