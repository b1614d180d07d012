package io.trifold.fuse;

/**
 * Who makes a request.
 *
 * @param uid the file system user id, as the daemon's user namespace sees it
 * @param gid the file system group id
 * @param pid the process, 0 where it is not visible from the daemon's pid namespace
 */
public record Caller(int uid, int gid, int pid) {
  /** Who asked is not known. */
  public static final Caller UNKNOWN = new Caller(-1, -1, 0);
}
