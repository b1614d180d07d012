package io.trifold.queue;

/**
 * What travels of a file's inode.
 *
 * @param mode the permission bits, set-id and sticky bits included; no file type
 * @param owner the owner's name, or its number in decimal where it has none
 * @param group the group's name, or its number in decimal where it has none
 * @param mtimeSeconds last modification, seconds since 1970
 * @param mtimeNanos its nanoseconds, 0 to 999,999,999
 */
public record Metadata(int mode, String owner, String group, long mtimeSeconds, int mtimeNanos) {}
