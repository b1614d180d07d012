package io.trifold.tree;

import jnr.ffi.Pointer;

/** A virtual file that is open, with the content that it had then. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record VirtualFile(byte[] content) implements OpenHandle {
  int read(long offset, Pointer buffer, int count) {
    int n = (int) Math.max(0, Math.min(count, content.length - offset));
    if (n > 0) {
      buffer.put(0, content, (int) offset, n);
    }
    return n;
  }
}
