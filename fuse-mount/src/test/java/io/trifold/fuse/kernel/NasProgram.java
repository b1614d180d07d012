package io.trifold.fuse.kernel;

import io.trifold.fuse.Attributes;
import io.trifold.fuse.Caller;
import io.trifold.fuse.Entry;
import io.trifold.fuse.MountOptions;
import io.trifold.posix.ErrnoException;
import java.nio.file.Path;

/**
 * Plays the server of a shared storage in a process of its own: serves one directory at another,
 * has the kernel ask for everything each time, and hangs when it is stopped by a signal.
 */
final class NasProgram {
  private NasProgram() {}

  public static void main(String[] arguments) throws Exception {
    try (Loopback operations = new Uncached(Path.of(arguments[0]))) {
      MountOptions options = new MountOptions(Path.of(arguments[1]), "nas", true);
      try (var session = new KernelTransport(false).mount(operations, options)) {
        System.out.println("mounted");
        session.awaitEnd();
      }
    }
  }

  private static final class Uncached extends Loopback {
    Uncached(Path directory) throws ErrnoException {
      super(directory);
    }

    @Override
    public Entry lookup(Caller caller, long parent, String name) throws ErrnoException {
      Entry entry = super.lookup(caller, parent, name);
      return entry.node() == 0
          ? Entry.absent(0)
          : new Entry(entry.node(), entry.generation(), entry.stat(), 0, 0);
    }

    @Override
    public Attributes getattr(Caller caller, long node, long handle) throws ErrnoException {
      return new Attributes(super.getattr(caller, node, handle).stat(), 0);
    }
  }
}
