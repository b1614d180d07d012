package io.trifold.queue;

import java.util.UUID;

/**
 * The ends of the log.
 *
 * @param epoch the log's identity: another epoch is another log, whose positions mean other events
 * @param position of the latest event; 0 if there is none
 * @param oldest the least position that is still in the log; 1 while nothing was removed
 */
public record Head(UUID epoch, long position, long oldest) {}
