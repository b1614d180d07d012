package io.trifold.fuse.kernel;

/**
 * Device numbers: the kernel's 32 bits ({@code new_encode_dev}) and {@code major << 32 | minor}.
 */
final class DeviceNumber {
  private DeviceNumber() {}

  static long fromKernel(int device) {
    int major = (device >>> 8) & 0xfff;
    int minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
    return (long) major << 32 | minor;
  }

  static int toKernel(long device) {
    int major = (int) (device >>> 32);
    int minor = (int) device;
    return (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12);
  }
}
