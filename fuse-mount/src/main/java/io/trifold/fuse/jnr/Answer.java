package io.trifold.fuse.jnr;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a callback answers: 0, a count, or a negative error number. Nothing is thrown out of a
 * callback: libfuse would take that for success.
 */
final class Answer {
  private static final Logger LOG = LoggerFactory.getLogger(Answer.class);

  private Answer() {}

  @FunctionalInterface
  interface Count {
    int get() throws ErrnoException;
  }

  @FunctionalInterface
  interface Nothing {
    void run() throws ErrnoException;
  }

  static int count(Count body) {
    try {
      return body.get();
    } catch (ErrnoException e) {
      return -e.errno();
    } catch (Throwable t) {
      LOG.error("a request failed within the filesystem, and is answered with EIO", t);
      return -Errno.EIO;
    }
  }

  static int done(Nothing body) {
    return count(
        () -> {
          body.run();
          return 0;
        });
  }
}
