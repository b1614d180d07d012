package io.trifold.fuse.kernel;

import io.trifold.fuse.MountOptions;
import io.trifold.posix.Child;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.posix.UnixSocket;
import io.trifold.rules.FileNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jnr.ffi.Pointer;

/**
 * Mounts through {@code fusermount3} (package {@code fuse3}), which may do so for an ordinary user
 * and sends back the descriptor of {@code /dev/fuse} over a socket.
 */
final class HelperMounting extends Mounting {
  private static final List<String> PROGRAMS = List.of("fusermount3", "fusermount");
  private static final String SOCKET_VARIABLE = "_FUSE_COMMFD";
  private static final int STDERR = 2;
  private static final int SOCKET = 3;
  private static final int MESSAGE_MAX = 4096;

  private final String helper;

  private HelperMounting(String mountPoint, Device device, String helper) {
    super(mountPoint, device);
    this.helper = helper;
  }

  static HelperMounting mount(String mountPoint, MountOptions options) throws IOException {
    String helper =
        find(searchPath())
            .orElseThrow(
                () ->
                    new IOException(
                        "neither root nor fusermount3: run as root, or install the package fuse3"));
    if (!Files.exists(Path.of(Device.PATH))) {
      throw noDevice(new ErrnoException(Errno.ENOENT, Device.PATH));
    }
    String settings =
        "default_permissions,subtype="
            + TYPE.substring(TYPE.indexOf('.') + 1)
            + ",fsname="
            + options.source().replace("\\", "\\\\").replace(",", "\\,");
    try {
      int[] sockets = UnixSocket.pair();
      int fd;
      try {
        run(
            List.of(helper, "-o", settings, "--", mountPoint),
            Map.of(SOCKET, sockets[1]),
            "cannot mount over " + mountPoint);
      } finally {
        Posix.close(sockets[1]);
      }
      try {
        fd = UnixSocket.receiveDescriptor(sockets[0]);
      } finally {
        Posix.close(sockets[0]);
      }
      if (fd < 0) {
        throw new IOException("cannot mount over " + mountPoint + ": " + helper + " sent nothing");
      }
      return new HelperMounting(mountPoint, new Device(fd), helper);
    } catch (ErrnoException e) {
      throw new IOException("cannot run " + helper + ": " + e.getMessage(), e);
    }
  }

  @Override
  boolean unmountIdle() throws IOException {
    try {
      unmount(List.of(helper, "-u", "--", mountPoint()));
      return true;
    } catch (IOException e) {
      // It says why in words only. Whatever it is, detaching is what is left to try.
      return false;
    }
  }

  @Override
  void detach() throws IOException {
    unmount(List.of(helper, "-u", "-z", "--", mountPoint()));
  }

  private void unmount(List<String> command) throws IOException {
    try {
      run(command, Map.of(), "cannot unmount " + mountPoint());
    } catch (ErrnoException e) {
      throw new IOException("cannot run " + helper + ": " + e.getMessage(), e);
    }
  }

  private static List<String> searchPath() {
    List<String> directories =
        new ArrayList<>(List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)));
    directories.add("/usr/bin");
    directories.add("/bin");
    return directories;
  }

  /** The helper's absolute path. */
  static Optional<String> find(List<String> directories) {
    return PROGRAMS.stream()
        .flatMap(program -> directories.stream().map(directory -> directory + "/" + program))
        .filter(path -> path.startsWith("/") && Files.isExecutable(Path.of(path)))
        .findFirst();
  }

  /** Runs it to its end; what it says on its standard error becomes the exception's message. */
  private static void run(List<String> command, Map<Integer, Integer> descriptors, String failure)
      throws IOException, ErrnoException {
    List<String> environment = new ArrayList<>();
    environment.add("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    if (descriptors.containsKey(SOCKET)) {
      environment.add(SOCKET_VARIABLE + "=" + SOCKET);
    }
    int[] pipe = Posix.pipe();
    try {
      Child child;
      try {
        Map<Integer, Integer> all = new HashMap<>(descriptors);
        all.put(STDERR, pipe[1]);
        child = Child.start(command, environment, all);
      } finally {
        Posix.close(pipe[1]);
      }
      String said = readAll(pipe[0]);
      if (child.await() != 0) {
        throw new IOException(failure + ": " + said.strip().lines().findFirst().orElse("unknown"));
      }
    } finally {
      Posix.close(pipe[0]);
    }
  }

  private static String readAll(int fd) throws ErrnoException {
    Pointer memory = Posix.allocate(MESSAGE_MAX);
    StringBuilder text = new StringBuilder();
    int n;
    while ((n = Posix.read(fd, memory, MESSAGE_MAX)) > 0) {
      byte[] bytes = new byte[n];
      memory.get(0, bytes, 0, n);
      text.append(FileNames.decode(bytes));
    }
    return text.toString();
  }
}
