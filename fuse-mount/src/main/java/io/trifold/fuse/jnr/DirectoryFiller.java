package io.trifold.fuse.jnr;

import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.rules.FileNames;
import java.nio.ByteBuffer;
import java.util.Arrays;
import jnr.ffi.Pointer;
import jnr.ffi.provider.jffi.ClosureHelper;
import ru.serce.jnrfuse.FuseFillDir;

/** Gives a directory's entries to libfuse, each with the offset after it. */
final class DirectoryFiller implements DirectorySink {
  private final FuseFillDir function;
  private final Pointer buffer;

  /**
   * @param function libfuse's {@code fuse_fill_dir_t}
   * @param buffer what to call it with
   */
  DirectoryFiller(Pointer function, Pointer buffer) {
    ClosureHelper closures = ClosureHelper.getInstance();
    this.function =
        closures
            .getNativeConveter(FuseFillDir.class)
            .fromNative(function, closures.getFromNativeContext());
    this.buffer = buffer;
  }

  @Override
  public boolean wantsEntries() {
    return false;
  }

  @Override
  public boolean add(String name, long inode, int type, long next) {
    byte[] bytes = FileNames.encode(name);
    ByteBuffer string = ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + 1));
    return function.apply(buffer, string, Structures.entry(inode, type), next) == 0;
  }

  @Override
  public boolean add(String name, Entry entry, long next) {
    throw new UnsupportedOperationException("entries without attributes only");
  }
}
