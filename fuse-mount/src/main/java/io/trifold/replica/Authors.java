package io.trifold.replica;

import io.trifold.fuse.Caller;
import io.trifold.queue.Provenance.Author;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who changed the dirty paths last. Kept in memory alone: of what a crash interrupted, and of what
 * was changed while nothing was mounted, it is not known. Thread-safe.
 */
final class Authors {
  private final Owners owners;
  private final Map<String, Integer> users = new ConcurrentHashMap<>();

  Authors(Owners owners) {
    this.owners = owners;
  }

  void changed(String path, Caller by) {
    if (by.equals(Caller.UNKNOWN)) {
      users.remove(path);
    } else {
      users.put(path, by.uid());
    }
  }

  /** What is below a moved directory was moved by who moved that. */
  void inherit(String directory, String path) {
    Integer user = users.get(directory);
    if (user != null) {
      users.putIfAbsent(path, user);
    }
  }

  Optional<Author> of(String path) {
    return Optional.ofNullable(users.get(path)).map(uid -> new Author(uid, owners.user(uid)));
  }

  void forget(String path) {
    users.remove(path);
  }
}
