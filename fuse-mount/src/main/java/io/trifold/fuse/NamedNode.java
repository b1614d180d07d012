package io.trifold.fuse;

/**
 * A node by one of its names.
 *
 * @param directory whether it is one
 * @param parent the node of the directory that the name is in
 */
public record NamedNode(long node, boolean directory, long parent, String name) {}
