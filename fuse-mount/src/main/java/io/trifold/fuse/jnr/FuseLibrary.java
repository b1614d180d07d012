package io.trifold.fuse.jnr;

import java.io.IOException;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.types.size_t;
import ru.serce.jnrfuse.LibFuse;
import ru.serce.jnrfuse.struct.FuseContext;

/**
 * What jnr-fuse leaves out of libfuse 2.9. {@code fuse_main} is not used: it installs signal
 * handlers of its own, tells a failed mount from a finished one by nothing, and runs callbacks on
 * native threads that the JVM attaches and detaches for each one. With these functions the mounting
 * is a call that fails, and the threads that serve are Java's.
 *
 * @see <a href="https://github.com/libfuse/libfuse/tree/fuse_2_9_bugfix/include">fuse.h,
 *     fuse_lowlevel.h</a>
 */
public interface FuseLibrary extends LibFuse {
  String NAME = "libfuse.so.2";

  /** Loads the library, by the name of its binary interface, which needs no development package. */
  static FuseLibrary load() throws IOException {
    try {
      return LibraryLoader.create(FuseLibrary.class).failImmediately().load(NAME);
    } catch (UnsatisfiedLinkError e) {
      throw new IOException(
          "libfuse 2 is not installed: install the package libfuse2 (on newer systems libfuse2t64),"
              + " or use --transport kernel",
          e);
    }
  }

  @Override
  FuseContext fuse_get_context();

  int fuse_version();

  int fuse_interrupted();

  /** Mounts. The channel, or null, with the reason on standard error. */
  Pointer fuse_mount(@In byte[] mountPoint, Pointer args);

  /** Closes the channel; unmounts if it is still mounted. */
  void fuse_unmount(@In byte[] mountPoint, Pointer channel);

  /** Frees the filesystem and its session. */
  void fuse_destroy(Pointer fuse);

  Pointer fuse_get_session(Pointer fuse);

  int fuse_session_exited(Pointer session);

  /**
   * Waits for a request: its length, 0 at the end of the session, or a negative error number.
   *
   * @param buffer a {@code struct fuse_buf}
   * @param channel a {@code struct fuse_chan **}
   */
  int fuse_session_receive_buf(Pointer session, Pointer buffer, Pointer channel);

  void fuse_session_process_buf(Pointer session, Pointer buffer, Pointer channel);

  @size_t
  long fuse_chan_bufsize(Pointer channel);

  void fuse_opt_free_args(Pointer args);
}
