package io.trifold.fuse;

/** The answer to a create: the new entry, open. */
public record Created(Entry entry, OpenFile file) {}
