package io.trifold.tree;

import io.trifold.fuse.Caller;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** What stands at a name in {@code /.trifold}. Used by many threads at once. */
public sealed interface VirtualNode {
  /** Who may do what with a virtual file; the kernel checks it. */
  record Access(int uid, int gid, int permissions) {
    /** Everybody may read it. */
    public static final Access READ_ONLY = new Access(0, 0, 0444);
  }

  /** A directory. Everybody may list it. */
  non-sealed interface Directory extends VirtualNode {
    /** What a listing shows. */
    Set<String> names();

    /**
     * What stands at a name: at each of {@link #names}, and maybe at others that are not listed.
     */
    Optional<VirtualNode> find(String name);
  }

  /** A file. As those of {@code /proc}, it has size 0 and is read to its end. */
  non-sealed interface File extends VirtualNode {
    /** The most bytes that can be written before a close. */
    int MOST_WRITTEN = 1 << 20;

    default Access access() {
      return Access.READ_ONLY;
    }

    /**
     * Whether {@link #read} or {@link #written} may take long. They then run on threads that others
     * do not need. A wait in them is to end when {@link io.trifold.fuse.Interruption#raised}, and
     * must have a limit.
     */
    default boolean mayWait() {
      return false;
    }

    /** Its content, made at each open for reading. */
    byte[] read(Caller caller) throws ErrnoException;

    /**
     * Takes what was written since it was opened, or since this was last called: when the writer
     * closes the file, who then gets the exception as the error of {@code close}. Where the close
     * does not show that ({@code dup}, a writer that was killed), when the last descriptor is gone.
     *
     * @param caller who wrote
     * @param content not empty; at most {@link #MOST_WRITTEN} bytes
     */
    default void written(Caller caller, byte[] content) throws ErrnoException {
      throw new ErrnoException(Errno.EACCES, "a virtual file that is not written");
    }
  }

  /** A read-only file with a text that is there at once. */
  static File text(Supplier<String> text) {
    return caller -> text.get().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * A directory of these nodes.
   *
   * @param nodes by name; may change
   */
  static Directory directory(Map<String, VirtualNode> nodes) {
    return new Directory() {
      @Override
      public Set<String> names() {
        return nodes.keySet();
      }

      @Override
      public Optional<VirtualNode> find(String name) {
        return Optional.ofNullable(nodes.get(name));
      }
    };
  }
}
