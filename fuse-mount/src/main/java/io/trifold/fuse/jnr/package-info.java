/**
 * The transport that runs on libfuse 2.9, through jnr-fuse: for systems where the kernel transport
 * cannot run. libfuse speaks of paths; {@link io.trifold.fuse.FuseOperations} of nodes. Here each
 * path is walked to its node through a cache of names, and nothing else is added.
 *
 * <p>What never lives here: what the nodes are. Nothing is kept in the kernel, so nothing there can
 * be stale.
 */
package io.trifold.fuse.jnr;
