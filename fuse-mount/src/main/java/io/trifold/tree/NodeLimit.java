package io.trifold.tree;

import io.trifold.fuse.NamedNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Keeps the number of nodes within what the memory allows: the kernel remembers what it has seen as
 * long as it has memory itself, which may be much more. Above the limit it is asked to forget a
 * part of what nobody uses. What is in use stays, however many that are.
 */
final class NodeLimit {
  /** What a node takes of the heap, with its name of ordinary length and its places in tables. */
  static final int BYTES_PER_NODE = 256;

  private static final int BATCH = 512;

  /** Pruned nodes go by requests to forget them; most have come after that time. */
  private static final long FORGETTING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final NodeTable table;
  private final Notices notices;
  private final int limit;
  private final AtomicBoolean pruning = new AtomicBoolean();

  /** From how many nodes on pruning is tried (again). */
  private volatile int next;

  NodeLimit(NodeTable table, Notices notices, int limit) {
    this.table = table;
    this.notices = notices;
    this.limit = limit;
    this.next = limit;
  }

  /** Nodes for half of the heap. */
  static int ofHeap() {
    long nodes = Runtime.getRuntime().maxMemory() / 2 / BYTES_PER_NODE;
    return (int) Math.min(nodes, Integer.MAX_VALUE / 2);
  }

  /** To be called now and then as nodes come. */
  void check() {
    if (table.size() >= next && pruning.compareAndSet(false, true)) {
      notices.sendLater(
          cache -> {
            int surplus = table.size() - limit + limit / 8;
            for (int asked = 0; asked < surplus; asked += BATCH) {
              Collection<NamedNode> idle = idle();
              if (idle.isEmpty()) {
                break;
              }
              cache.prune(idle);
            }
            notices.sendAfter(FORGETTING_NANOS, unused -> settle());
          });
    }
  }

  /** What is still there is in use: not worth another try before there are more. */
  private void settle() {
    next = Math.max(limit, table.size() + limit / 16);
    pruning.set(false);
  }

  private Collection<NamedNode> idle() {
    List<NamedNode> named = new ArrayList<>();
    for (Node node : table.idle(BATCH)) {
      Link link = linkOf(node);
      if (link != null) {
        boolean directory = node instanceof DirectoryNode;
        named.add(new NamedNode(node.number(), directory, link.parent().number(), link.name()));
      }
    }
    return named;
  }

  private static Link linkOf(Node node) {
    if (node instanceof DirectoryNode directory) {
      return directory.link();
    }
    List<Link> links = ((FileNode) node).links();
    return links.isEmpty() ? null : links.get(0);
  }
}
