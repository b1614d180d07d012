package io.trifold.queue;

/**
 * What the log says of a draft.
 *
 * @param position its number in the log
 * @param replaced the position of the version that it replaced though it was not based on it and
 *     differs from it (a conflict); 0 if none
 */
public record Outcome(long position, long replaced) {}
