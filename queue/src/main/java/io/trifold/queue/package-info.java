/**
 * The farm's shared log: events, content, hosts, on PostgreSQL.
 *
 * <p>Here live the events and their codec and signature, the gapless append, the readers, the
 * content store, the registry of hosts and the notification of new events ({@link
 * io.trifold.queue.FarmLog} is the door). What never lives here: knowledge of FUSE, of a mount's
 * directories, of rules.
 */
package io.trifold.queue;
