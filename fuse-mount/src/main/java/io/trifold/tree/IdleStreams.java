package io.trifold.tree;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Streams of directories that were read in part, one for each directory, for who reads on. They
 * only save the way to where the reading stopped: any may be dropped at any time, and the longest
 * unused is when there are too many.
 */
final class IdleStreams implements AutoCloseable {
  private static final int CAPACITY = 64;

  /** In the order in which they were put; guarded by this. */
  private final Map<DirectoryNode, DirectoryStream> streams = new LinkedHashMap<>();

  /** The directory's stream, the caller's from now on; {@code null} if there is none. */
  synchronized DirectoryStream take(DirectoryNode directory) {
    return streams.remove(directory);
  }

  synchronized void put(DirectoryNode directory, DirectoryStream stream) {
    DirectoryStream other = streams.remove(directory);
    if (other != null) {
      other.close();
    }
    streams.put(directory, stream);
    if (streams.size() > CAPACITY) {
      Iterator<DirectoryStream> oldest = streams.values().iterator();
      oldest.next().close();
      oldest.remove();
    }
  }

  @Override
  public synchronized void close() {
    streams.values().forEach(DirectoryStream::close);
    streams.clear();
  }
}
