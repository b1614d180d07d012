package io.trifold.fuse.jnr;

import java.io.IOException;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.provider.jffi.ClosureHelper;
import jnr.ffi.types.size_t;

/**
 * {@code fuse_new} of libfuse 2.6 and later. The library has four functions of this name, told
 * apart by symbol versions, and a search by name alone finds the oldest, with other parameters.
 */
@FunctionalInterface
public interface FuseNew {
  /** Makes a filesystem; null if libfuse refuses the arguments. */
  @Delegate
  Pointer call(
      Pointer channel, Pointer args, Pointer operations, @size_t long size, Pointer userData);

  /** Finds it in the library of this name. */
  static FuseNew load(String library) throws IOException {
    Loader loader =
        LibraryLoader.create(Loader.class).library("libc.so.6").library("libdl.so.2").load();
    Pointer handle = loader.dlopen(library, Loader.RTLD_NOW);
    Pointer function = handle == null ? null : loader.dlvsym(handle, "fuse_new", "FUSE_2.6");
    if (function == null) {
      throw new IOException(library + " has no fuse_new of version 2.6: use --transport kernel");
    }
    ClosureHelper closures = ClosureHelper.getInstance();
    return closures
        .getNativeConveter(FuseNew.class)
        .fromNative(function, closures.getFromNativeContext());
  }

  /** The dynamic loader. */
  interface Loader {
    int RTLD_NOW = 2;

    Pointer dlopen(String file, int flags);

    Pointer dlvsym(Pointer handle, String symbol, String version);
  }
}
