package io.trifold.fuse;

import java.nio.file.Path;

/**
 * How a filesystem is mounted.
 *
 * @param mountPoint an absolute directory
 * @param source what {@code df} and {@code /proc/mounts} show as the device, such as {@code
 *     trifold:web1}
 * @param allowOther whether users other than the daemon's may use it; root's mounts only
 */
public record MountOptions(Path mountPoint, String source, boolean allowOther) {}
