/**
 * The mount against the disk: the same operations are made on both by processes of their own (see
 * {@code actor}), and everything that they say must be the same. What a POSIX system does is never
 * written down here, but asked of the disk in the same step.
 *
 * <p>What never lives here: tests that know how the mount is made.
 */
package io.trifold.differential;
