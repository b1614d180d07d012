/**
 * The filesystem as transports see it: {@link io.trifold.fuse.FuseOperations}, one method for each
 * kind of request on a node, what the requests carry and what they are answered with, and {@link
 * io.trifold.fuse.Transport}, which puts such a filesystem over a directory. The transports are in
 * the packages below.
 *
 * <p>What never lives here: rules, the replica, the queue.
 */
package io.trifold.fuse;
