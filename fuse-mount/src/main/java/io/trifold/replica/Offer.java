package io.trifold.replica;

import io.trifold.queue.Change;

/**
 * A change that does not come from this host's disk: of something that the log has already.
 *
 * @param base the path's version that it is for; where that is not the current one any more, it
 *     gives way
 */
public record Offer(Change change, long base) {}
