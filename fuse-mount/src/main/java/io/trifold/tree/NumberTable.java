package io.trifold.tree;

import io.trifold.fuse.FuseOperations;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Nodes by number. The low half of a number is the node's place in an array, the high half counts
 * how often the place was given: so a number leads to its node in one step, and is never given
 * twice. Changed under the lock of {@link NodeTable}, read by all.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // only under the table's lock
final class NumberTable {
  private static final int GENERATION_SHIFT = 32;

  /** A place is given so often; the numbers above belong to {@link VirtualDirectory}. */
  private static final int LAST_GENERATION = (1 << 30) - 1;

  private volatile AtomicReferenceArray<Node> nodes = new AtomicReferenceArray<>(64);
  private int[] generations = new int[64];

  /** A stack of the places that were given back. */
  private int[] free = new int[16];

  private int freeCount;

  /** Places from here on were never given; those before the root's are not. */
  private int end = (int) FuseOperations.ROOT;

  private volatile int size;

  /** A number for a node that is then put. */
  long reserve() {
    int place = freeCount > 0 ? free[--freeCount] : end++;
    if (place >= nodes.length()) {
      grow();
    }
    return (long) generations[place] << GENERATION_SHIFT | place;
  }

  private void grow() {
    AtomicReferenceArray<Node> old = nodes;
    AtomicReferenceArray<Node> grown = new AtomicReferenceArray<>(old.length() * 2);
    for (int i = 0; i < old.length(); i++) {
      grown.setPlain(i, old.getPlain(i));
    }
    generations = Arrays.copyOf(generations, grown.length());
    nodes = grown;
  }

  void put(Node node) {
    nodes.setRelease((int) node.number(), node);
    size = size + 1;
  }

  /** The node of this number, {@code null} if there is none. */
  Node get(long number) {
    AtomicReferenceArray<Node> current = nodes;
    int place = (int) number;
    if (place < 0 || place >= current.length()) {
      return null;
    }
    Node node = current.getAcquire(place);
    return node != null && node.number() == number ? node : null;
  }

  /** Whether it was there. */
  boolean remove(Node node) {
    if (get(node.number()) != node) {
      return false;
    }
    int place = (int) node.number();
    nodes.setRelease(place, null);
    size = size - 1;
    if (++generations[place] <= LAST_GENERATION) {
      if (freeCount == free.length) {
        free = Arrays.copyOf(free, 2 * freeCount);
      }
      free[freeCount++] = place;
    }
    return true;
  }

  int size() {
    return size;
  }

  /** The first place that was never given. */
  int end() {
    return end;
  }

  /** The node at a place, {@code null} if there is none. */
  Node at(int place) {
    return nodes.getAcquire(place);
  }
}
