package io.trifold.queue;

import io.trifold.queue.Change.PutFile;
import io.trifold.queue.Change.PutSymlink;

/**
 * What a change leaves at its path, as one digest: two changes with the same key do not conflict,
 * whatever they were based on. Metadata is not in it.
 */
public final class ContentKey {
  private ContentKey() {}

  /** The key of what stands at the path after the change. */
  public static Digest of(Change change) {
    Encoder key = new Encoder();
    key.putByte(Kind.of(change).code());
    if (change instanceof PutFile file) {
      key.putLong(file.size());
      key.put(file.digest().bytes());
    } else if (change instanceof PutSymlink link) {
      key.putText(link.target());
    }
    return Digest.sha256(key.bytes());
  }
}
