package io.trifold.fuse.jnr;

/** Device numbers: {@code dev_t} of the C library, and {@code major << 32 | minor} of the tree. */
final class Device {
  private Device() {}

  static long fromNative(long device) {
    long major = ((device >>> 8) & 0xfff) | ((device >>> 32) & ~0xfffL);
    long minor = (device & 0xff) | ((device >>> 12) & 0xffffff00L);
    return (major << 32) | minor;
  }

  static long toNative(long device) {
    long major = device >>> 32;
    long minor = device & 0xffffffffL;
    return (minor & 0xff)
        | ((major & 0xfff) << 8)
        | ((minor & ~0xffL) << 12)
        | ((major & ~0xfffL) << 32);
  }
}
