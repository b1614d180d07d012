/**
 * Farms of two hosts on one machine, as a user would run them: through the {@code trifold} command,
 * on real mounts, with the embedded database, serving a real application. Nothing here knows a
 * class of the daemon.
 */
package io.trifold.endtoend;
