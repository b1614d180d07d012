/**
 * The PostgreSQL that comes along: for a farm whose mounts are on one machine, or to begin with.
 *
 * <p>Here live the unpacking, starting, sharing and stopping of a server in a state directory. What
 * never lives here: what is in its database.
 */
package io.trifold.queue.embedded;
