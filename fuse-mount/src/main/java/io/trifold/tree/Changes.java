package io.trifold.tree;

import io.trifold.posix.ErrnoException;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import io.trifold.rules.Options;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Tells the observer of what is done to propagated paths. To be called with the names locked for
 * reading: who swaps files exclusively afterwards has then been told.
 */
final class Changes {
  private final ChangeObserver observer;
  private volatile RemovalObserver removals = (path, directory) -> {};

  Changes(ChangeObserver observer) {
    this.observer = observer;
  }

  /** Who is told of deletions that are to be broadcast, from now on. */
  void onRemoval(RemovalObserver next) {
    removals = next;
  }

  /** To be called after a name was taken away. */
  void removed(String path, Decision decision, boolean directory) {
    if (decision.binding() == Binding.LOCAL && decision.options().broadcastDeletes()) {
      removals.removed(path, directory);
    }
  }

  void admit(String path, Decision decision) throws ErrnoException {
    if (isPropagated(decision)) {
      observer.admit(path);
    }
  }

  void changed(String path, Decision decision) {
    if (isPropagated(decision)) {
      observer.changed(path, Acting.caller());
    }
  }

  /**
   * A directory was moved. Its own binding does not matter: others below it may be propagated, and
   * who hears of it looks at each.
   */
  void moved(String from, String to) {
    observer.moved(from, to, Acting.caller());
  }

  void admit(FileNode file) throws ErrnoException {
    for (String path : propagatedPaths(file)) {
      observer.admit(path);
    }
  }

  void changed(FileNode file) {
    propagatedPaths(file).forEach(path -> observer.changed(path, Acting.caller()));
  }

  /** A path that is known to be propagated. */
  void changed(String path) {
    observer.changed(path);
  }

  void persist(String path, Decision decision) throws ErrnoException {
    if (isPropagated(decision)) {
      observer.persist(path);
    }
  }

  void persist(Set<String> paths) throws ErrnoException {
    for (String path : paths) {
      observer.persist(path);
    }
  }

  /** Waits until the file's changes are where the rules of these paths want them. */
  void settle(Map<String, Options> paths) throws ErrnoException {
    for (Map.Entry<String, Options> path : paths.entrySet()) {
      observer.settle(path.getKey(), path.getValue());
    }
  }

  /** Whether somebody who closes the file waits for more than that. */
  static boolean isSettled(FileNode file) {
    for (Link link : file.links()) {
      if (isSettled(link.state().file())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSettled(Decision decision) {
    return isPropagated(decision) && decision.options().sync() != Options.Sync.NONE;
  }

  /** The file's paths whose rules say so, with the rules' options. */
  static Map<String, Options> settledPaths(FileNode file) {
    Map<String, Options> paths = new LinkedHashMap<>();
    for (Link link : file.links()) {
      Decision decision = link.state().file();
      if (isSettled(decision)) {
        Set<String> named = new LinkedHashSet<>();
        addIfNamed(link, named);
        named.forEach(path -> paths.put(path, decision.options()));
      }
    }
    return paths;
  }

  /** Whether one of the file's names is. */
  static boolean isPropagated(FileNode file) {
    for (Link link : file.links()) {
      if (isPropagated(link.state().file())) {
        return true;
      }
    }
    return false;
  }

  /** The file's paths that are propagated. */
  static Set<String> propagatedPaths(FileNode file) {
    Set<String> paths = new LinkedHashSet<>();
    for (Link link : file.links()) {
      if (isPropagated(link.state().file())) {
        addIfNamed(link, paths);
      }
    }
    return paths;
  }

  private static void addIfNamed(Link link, Set<String> paths) {
    try {
      paths.add(link.path());
    } catch (ErrnoException e) {
      // Its directory was removed, and the name with it: there is nothing to tell.
      return;
    }
  }

  static boolean isPropagated(Decision decision) {
    return decision.binding() == Binding.PROPAGATED;
  }
}
