/**
 * The life of one mount: the checks before it, the process that serves it, what is opened in order
 * and closed in reverse, and how others see, reach and end it.
 *
 * <p>What never lives here: what the command line looks like, and what the parts do once they are
 * connected.
 */
package io.trifold.daemon;
