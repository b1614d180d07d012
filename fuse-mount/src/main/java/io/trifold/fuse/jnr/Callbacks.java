package io.trifold.fuse.jnr;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.Delegate;

/**
 * The shapes of the functions in {@code struct fuse_operations}, named by their parameters: P a
 * pointer, I an int, L a long. jnr-fuse's own have {@code String} for paths, which loses the bytes
 * of names that are not text in the default charset. All answer 0 or a count, or a negative error
 * number. Public, because the classes that jnr-ffi makes for them are elsewhere.
 */
public final class Callbacks {
  private Callbacks() {}

  @FunctionalInterface
  public interface Init {
    @Delegate
    Pointer call(Pointer connection);
  }

  @FunctionalInterface
  public interface P {
    @Delegate
    int call(Pointer a);
  }

  @FunctionalInterface
  public interface PI {
    @Delegate
    int call(Pointer a, int b);
  }

  @FunctionalInterface
  public interface PL {
    @Delegate
    int call(Pointer a, long b);
  }

  @FunctionalInterface
  public interface PP {
    @Delegate
    int call(Pointer a, Pointer b);
  }

  @FunctionalInterface
  public interface PII {
    @Delegate
    int call(Pointer a, int b, int c);
  }

  @FunctionalInterface
  public interface PIL {
    @Delegate
    int call(Pointer a, int b, long c);
  }

  @FunctionalInterface
  public interface PIP {
    @Delegate
    int call(Pointer a, int b, Pointer c);
  }

  @FunctionalInterface
  public interface PLP {
    @Delegate
    int call(Pointer a, long b, Pointer c);
  }

  @FunctionalInterface
  public interface PPI {
    @Delegate
    int call(Pointer a, Pointer b, int c);
  }

  @FunctionalInterface
  public interface PPL {
    @Delegate
    int call(Pointer a, Pointer b, long c);
  }

  @FunctionalInterface
  public interface PPP {
    @Delegate
    int call(Pointer a, Pointer b, Pointer c);
  }

  @FunctionalInterface
  public interface PPIP {
    @Delegate
    int call(Pointer a, Pointer b, int c, Pointer d);
  }

  @FunctionalInterface
  public interface PPPL {
    @Delegate
    int call(Pointer a, Pointer b, Pointer c, long d);
  }

  @FunctionalInterface
  public interface PILLP {
    @Delegate
    int call(Pointer a, int b, long c, long d, Pointer e);
  }

  @FunctionalInterface
  public interface PPLLP {
    @Delegate
    int call(Pointer a, Pointer b, long c, long d, Pointer e);
  }

  @FunctionalInterface
  public interface PPPLI {
    @Delegate
    int call(Pointer a, Pointer b, Pointer c, long d, int e);
  }

  @FunctionalInterface
  public interface PPPLP {
    @Delegate
    int call(Pointer a, Pointer b, Pointer c, long d, Pointer e);
  }
}
