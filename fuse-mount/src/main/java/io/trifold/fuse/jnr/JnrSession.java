package io.trifold.fuse.jnr;

import io.trifold.fuse.Caller;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.KernelCache;
import io.trifold.fuse.MountOptions;
import io.trifold.fuse.Transport;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ru.serce.jnrfuse.struct.FuseContext;

/** A filesystem that libfuse has mounted. */
final class JnrSession implements Transport.Session {
  private static final Logger LOG = LoggerFactory.getLogger(JnrSession.class);
  private static final long ABORT_AFTER_SECONDS = 2;

  /** The newest protocol that libfuse 2.9 speaks. */
  private static final int LIBRARY_MINOR = 19;

  private final FuseLibrary library;
  private final MountPoint mountPoint;
  private final Nodes nodes;
  private final HandleRequests handleRequests;
  private final OperationTable table = new OperationTable();
  private final CountDownLatch unmounted = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean closing = new AtomicBoolean();
  private volatile String agreed = "";
  private Pointer channel;
  private Pointer fuse;

  private JnrSession(FuseLibrary library, FuseOperations operations, MountOptions options) {
    this.library = library;
    this.mountPoint = new MountPoint(options.mountPoint().toString());
    this.nodes = new Nodes(operations);
    OpenHandles handles = new OpenHandles();
    this.handleRequests =
        new HandleRequests(operations, handles, this::caller, new LockWait(this::givenUp));
    handleRequests.register(table);
    new PathRequests(operations, nodes, handles, this::caller).register(table);
    table.init(this::init);
  }

  static JnrSession mount(FuseLibrary library, FuseOperations operations, MountOptions options)
      throws IOException {
    JnrSession session = new JnrSession(library, operations, options);
    try (Arguments arguments = Arguments.of(library, options)) {
      session.start(arguments);
    }
    try {
      session.mountPoint.probe();
    } catch (ErrnoException e) {
      session.close();
      throw new IOException(
          "mounted on " + options.mountPoint() + ", but it does not answer: " + e.getMessage(), e);
    }
    return session;
  }

  private void start(Arguments arguments) throws IOException {
    FuseNew fuseNew = FuseNew.load(FuseLibrary.NAME);
    byte[] directory = Arguments.bytes(mountPoint.directory());
    channel = library.fuse_mount(directory, arguments.memory());
    if (channel == null) {
      int errno = Posix.runtime().getLastError();
      throw new IOException(
          "libfuse cannot mount on "
              + mountPoint.directory()
              + (errno == 0 ? "" : ": " + Errno.name(errno))
              + (Posix.effectiveUid() == 0
                  ? "; the right to mount (CAP_SYS_ADMIN) is needed"
                  : "; fusermount must be installed, and you must own the directory"));
    }
    fuse = fuseNew.call(channel, arguments.memory(), table.memory(), table.size(), null);
    if (fuse == null) {
      library.fuse_unmount(directory, channel);
      throw new IOException(
          "libfuse refuses the options of the mount on " + mountPoint.directory());
    }
    new Workers(
            library,
            library.fuse_get_session(fuse),
            channel,
            this::givenUp,
            unmounted::countDown,
            this::end)
        .start();
  }

  private Pointer init(Pointer connection) {
    try {
      int minor = Math.min(connection.getInt(4), LIBRARY_MINOR);
      agreed =
          "protocol %d.%d, requests of up to %d KiB"
              .formatted(connection.getInt(0), minor, connection.getInt(12) / 1024);
    } catch (RuntimeException e) {
      LOG.error("cannot read what the kernel agreed on", e);
    }
    return null;
  }

  private Caller caller() {
    FuseContext context = library.fuse_get_context();
    return new Caller(context.uid.intValue(), context.gid.intValue(), context.pid.intValue());
  }

  private boolean givenUp() {
    return unmounted.getCount() == 0 || library.fuse_interrupted() != 0;
  }

  /** On the last thread that served, when no request is under way and none will come. */
  private void end() {
    try {
      library.fuse_unmount(Arguments.bytes(mountPoint.directory()), channel);
      mountPoint.detachIfDead();
      library.fuse_destroy(fuse);
      handleRequests.releaseAll();
      nodes.close();
    } catch (RuntimeException e) {
      LOG.error("the mount on {} did not end cleanly", mountPoint.directory(), e);
    } finally {
      mountPoint.disconnect();
      ended.countDown();
    }
  }

  @Override
  public KernelCache kernelCache() {
    return nodes.names();
  }

  @Override
  public boolean passthrough() {
    return false;
  }

  @Override
  public String describe() {
    int version = library.fuse_version();
    return "libfuse %d.%d, %s".formatted(version / 10, version % 10, agreed);
  }

  @Override
  public void awaitEnd() throws InterruptedException {
    unmounted.await();
  }

  @Override
  public void close() {
    boolean interrupted = false;
    if (closing.compareAndSet(false, true) && unmounted.getCount() > 0) {
      mountPoint.unmount();
    }
    while (true) {
      try {
        // The connection outlives the mount where files are in use that cannot be cut off, and
        // where a copy of the mount is in another mount namespace.
        if (!unmounted.await(ABORT_AFTER_SECONDS, TimeUnit.SECONDS)) {
          mountPoint.abort();
          if (!unmounted.await(ABORT_AFTER_SECONDS, TimeUnit.SECONDS)) {
            LOG.warn(
                "{} is unmounted, but files in it are still in use: their users get errors when"
                    + " this process ends",
                mountPoint.directory());
            break;
          }
        }
        ended.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
