package io.trifold.fuse.jnr;

import io.trifold.fuse.MountOptions;
import io.trifold.posix.Posix;
import io.trifold.rules.FileNames;
import java.util.Arrays;
import java.util.List;
import jnr.ffi.Pointer;

/**
 * {@code struct fuse_args}: a command line for libfuse, which takes out of it what it uses at
 * mounting, and at making the filesystem. It keeps the memory that the structure points to.
 */
final class Arguments implements AutoCloseable {
  private static final int SIZE = 24;

  private final FuseLibrary library;
  private final Pointer memory = Posix.allocate(SIZE);
  private final List<Pointer> strings;
  private final Pointer vector;

  Arguments(FuseLibrary library, List<String> arguments) {
    this.library = library;
    strings = arguments.stream().map(Arguments::string).toList();
    vector = Posix.allocate((strings.size() + 1) * Long.BYTES);
    for (int i = 0; i < strings.size(); i++) {
      vector.putPointer((long) i * Long.BYTES, strings.get(i));
    }
    memory.putInt(0, strings.size());
    memory.putPointer(8, vector);
  }

  static Arguments of(FuseLibrary library, MountOptions options) {
    String list =
        String.join(
            ",",
            "fsname=" + options.source().replace("\\", "\\\\").replace(",", "\\,"),
            "subtype=trifold",
            // The mount covers the directory's own content, on purpose.
            "nonempty",
            "default_permissions",
            "use_ino",
            "big_writes",
            "max_read=131072",
            "max_write=131072",
            "entry_timeout=0",
            "negative_timeout=0",
            "attr_timeout=0",
            "ac_attr_timeout=0");
    return new Arguments(
        library, List.of("trifold", "-o", options.allowOther() ? list + ",allow_other" : list));
  }

  static byte[] bytes(String text) {
    byte[] bytes = FileNames.encode(text);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  private static Pointer string(String text) {
    byte[] bytes = bytes(text);
    Pointer string = Posix.allocate(bytes.length);
    string.put(0, bytes, 0, bytes.length);
    return string;
  }

  Pointer memory() {
    return memory;
  }

  /** Frees what libfuse has put in. */
  @Override
  public void close() {
    library.fuse_opt_free_args(memory);
  }
}
