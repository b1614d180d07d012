/**
 * A process that does what it is told, one system call a line, and says exactly what came of it:
 * the result or the error's symbol, and what was read. {@link
 * io.trifold.differential.actor.Operation} is a line; the classes named {@code …Calls} say which
 * there are.
 *
 * <p>What never lives here: mounts, comparisons, expectations. An actor does not know which side it
 * is on.
 */
package io.trifold.differential.actor;
