package io.trifold.replica;

import io.trifold.queue.Digest;

/**
 * A version that the log has lost, and that this host is to put into it again.
 *
 * @param version its position in the log as it was
 * @param contentKey what stood at the path then, as {@link State#contentKey} has it
 */
record LostVersion(String path, long version, Digest contentKey) {}
