package io.trifold.fuse;

/**
 * The answer to an open.
 *
 * @param handle names this open file in later requests; 0 is none
 * @param backing the descriptor of the file that holds the bytes, valid until the release, or -1 if
 *     there is none; a transport that can lets the kernel read and write it directly
 * @param mode of the file that was opened, its type included; 0 where there is no backing
 * @param caching what the kernel may keep of the content
 * @param flushed whether each descriptor that is closed is to be told before the close returns
 *     ({@code FUSE_FLUSH}); if not, the release alone tells, some time after the last one is closed
 */
public record OpenFile(long handle, int backing, int mode, Caching caching, boolean flushed) {
  /** An open file whose content comes by requests alone. */
  public OpenFile(long handle, Caching caching) {
    this(handle, -1, 0, caching, true);
  }

  /** An open file whose bytes are in another. */
  public OpenFile(long handle, int backing, int mode, Caching caching) {
    this(handle, backing, mode, caching, true);
  }

  /** The same, whose descriptors may be closed without a word. */
  public OpenFile withFlushed(boolean flushed) {
    return new OpenFile(handle, backing, mode, caching, flushed);
  }

  /** What the kernel may keep of an open file's content. */
  public enum Caching {
    /** Nothing: every read and write is a request. */
    NONE,
    /** What it reads while the file is open. */
    WHILE_OPEN,
    /** Also what it has from earlier opens: who changes the content otherwise tells it. */
    KEPT
  }
}
