package io.trifold.queue;

/**
 * What a draft has to do with a version that the log has lost. It replaces an equal or older lost
 * version that was put back before it; see {@link Recovery}.
 *
 * @param version the lost position
 * @param changed whether the draft changes that version: then it is a draft as any other for the
 *     rest. If not, it puts it back as it was, and gives way to a newer one, and to any other
 *     change since.
 */
public record Restored(long version, boolean changed) {}
