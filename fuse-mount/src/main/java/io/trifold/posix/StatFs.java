package io.trifold.posix;

/** What {@code statvfs(3)} says of a filesystem; sizes in units of {@code fragmentSize}. */
public record StatFs(
    long blockSize,
    long fragmentSize,
    long blocks,
    long blocksFree,
    long blocksAvailable,
    long files,
    long filesFree,
    long nameMax) {}
