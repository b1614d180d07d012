/**
 * What has to be done once for an application that ran on one machine: its files that are bound to
 * the shared storage lie in its root, and are moved there.
 *
 * <p>{@code Survey} tells what is to be done with each path, {@code Summary} adds that up, {@code
 * StorageMove} does it to one path. Works on the bare root, below any mount. What never lives here:
 * replication; a decision that overwrites or removes anything of which there is no copy.
 */
package io.trifold.init;
