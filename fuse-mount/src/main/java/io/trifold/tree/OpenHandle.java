package io.trifold.tree;

/** What a handle in the protocol stands for. */
sealed interface OpenHandle permits FileHandle, VirtualHandle {}
