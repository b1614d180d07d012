package io.trifold.fuse.kernel;

import io.trifold.fuse.MountOptions;
import java.nio.file.Path;

/** A program that mounts one directory over another until it reads something, or its end. */
final class LoopbackProgram {
  private LoopbackProgram() {}

  public static void main(String[] arguments) throws Exception {
    try (Loopback operations = new Loopback(Path.of(arguments[0]))) {
      MountOptions options = new MountOptions(Path.of(arguments[1]), "trifold:a,b", true);
      try (var session = new KernelTransport().mount(operations, options)) {
        System.out.println("mounted, passthrough " + session.passthrough());
        int unused = System.in.read();
      } catch (java.io.IOException e) {
        System.out.println(e.getMessage());
        return;
      }
    }
    System.out.println("unmounted");
  }
}
