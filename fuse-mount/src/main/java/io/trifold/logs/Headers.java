package io.trifold.logs;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The header that each log last had. One that was emptied, or made anew in place of one that was
 * moved away, gets it again with its first line. Thread-safe.
 */
final class Headers {
  private final Map<String, Header> known = new ConcurrentHashMap<>();

  Optional<Header> of(String path) {
    return Optional.ofNullable(known.get(path));
  }

  void set(String path, Optional<Header> header) {
    if (header.isPresent()) {
      known.put(path, header.get());
    } else {
      known.remove(path);
    }
  }
}
