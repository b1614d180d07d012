package io.trifold.fuse;

/** Where a directory's entries go. */
public interface DirectorySink {
  /** Whether entries are wanted with their attributes ({@code READDIRPLUS}). */
  boolean wantsEntries();

  /**
   * Adds one entry.
   *
   * @param type the file type bits of the mode
   * @param next the offset from which to read on after this entry; never 0
   * @return false if there was no room; the entry was not taken, and the reading ends
   */
  boolean add(String name, long inode, int type, long next);

  /**
   * Adds one entry with its attributes; only where {@link #wantsEntries}. An entry that was taken
   * counts one reference to its node, as a lookup does.
   */
  boolean add(String name, Entry entry, long next);
}
