package io.trifold.fuse;

/**
 * The answer to an open.
 *
 * @param handle names this open file in later requests; 0 is none
 * @param backing the descriptor of the file that holds the bytes, valid until the release, or -1 if
 *     there is none; a transport that can lets the kernel read and write it directly
 * @param direct whether the kernel must not cache the content: every read and write is a request
 */
public record OpenFile(long handle, int backing, boolean direct) {}
