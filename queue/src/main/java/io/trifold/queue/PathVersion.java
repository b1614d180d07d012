package io.trifold.queue;

/**
 * Which version of a path the log has, without the event itself.
 *
 * @param version the position of the event that made it
 * @param contentKey what that event left at the path, as {@link ContentKey} has it
 */
public record PathVersion(String path, long version, Digest contentKey) {}
