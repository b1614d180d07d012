package io.trifold.tree;

import io.trifold.posix.ErrnoException;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Tells the observer of what is done to propagated paths. To be called with the names locked for
 * reading: who swaps files exclusively afterwards has then been told.
 */
final class Changes {
  private final ChangeObserver observer;

  Changes(ChangeObserver observer) {
    this.observer = observer;
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
  void changedTree(String path) {
    observer.changedTree(path, Acting.caller());
  }

  void admit(FileNode file) throws ErrnoException {
    for (String path : propagatedPaths(file)) {
      observer.admit(path);
    }
  }

  void changed(FileNode file) {
    propagatedPaths(file).forEach(path -> observer.changed(path, Acting.caller()));
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
