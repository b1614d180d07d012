/**
 * How commands reach the daemon of a mount: a local socket in the mount's state directory, over
 * which one request is made and its answers come, one JSON object a line.
 *
 * <p>What a command needs of the mount (the session with the log, the key, the journal) has the
 * daemon alone; so the daemon does the work, and the command shows it. What never lives here: what
 * the requests mean.
 */
package io.trifold.control;
