package io.trifold.replica;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The files on disk that are larger than may travel, as capture last met them. The scan at each
 * start meets them again. Thread-safe.
 */
final class TooLarge {
  private final Map<String, ReplicaStatus.TooLarge> files = new ConcurrentSkipListMap<>();

  /** The path holds such a file; whether that is news. */
  boolean add(String path, long size, long limit) {
    return files.put(path, new ReplicaStatus.TooLarge(path, size, limit)) == null;
  }

  void remove(String path) {
    files.remove(path);
  }

  boolean contains(String path) {
    return files.containsKey(path);
  }

  /** By path. */
  List<ReplicaStatus.TooLarge> files() {
    return List.copyOf(files.values());
  }
}
