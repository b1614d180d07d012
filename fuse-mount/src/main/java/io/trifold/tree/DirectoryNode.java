package io.trifold.tree;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.util.HashMap;
import java.util.Map;

/**
 * A directory, merged from both sides where its rule state is mixed. Its path and its rule state
 * come from its one name, so that a directory moves in one step, whatever is below it.
 */
final class DirectoryNode extends Node {
  /** The state that this name gave below that state of the parent; made anew when they differ. */
  private record Step(RuleState parent, String name, RuleState state) {}

  private final boolean root;

  /** {@code null} for the root, and once removed. Changed under the table's lock, read by all. */
  private volatile Link link;

  private volatile Step step;

  /** What it is known to be on each side, {@code null} if not known; guarded by the table. */
  private Identity onApplication;

  private Identity onShared;

  /** The known nodes of its entries, guarded by the table. */
  private final Map<String, Node> children = new HashMap<>();

  private DirectoryNode(long number, long inode, boolean root, Link link, Step step) {
    super(number, inode);
    this.root = root;
    this.link = link;
    this.step = step;
  }

  static DirectoryNode root(long number, long inode, RuleState state) {
    return new DirectoryNode(number, inode, true, null, new Step(null, "", state));
  }

  static DirectoryNode at(Link link, long number, long inode) {
    RuleState parent = link.parent().state();
    Step step = new Step(parent, link.name(), parent.step(link.name()));
    return new DirectoryNode(number, inode, false, link, step);
  }

  boolean isRoot() {
    return root;
  }

  Link link() {
    return link;
  }

  void setLink(Link newLink) {
    link = newLink;
  }

  Map<String, Node> children() {
    return children;
  }

  /** Its place in the rules; of a removed directory, its last one. */
  RuleState state() {
    Link here = link;
    Step last = step;
    if (here == null) {
      return last.state().now();
    }
    RuleState parent = here.parent().state();
    if (last.parent() != parent || !last.name().equals(here.name())) {
      last = new Step(parent, here.name(), parent.step(here.name()));
      step = last;
    }
    return last.state();
  }

  /** The side that the directory itself is bound to. */
  Side home() {
    return state().directory().binding().side();
  }

  /** The path from the root; {@code ENOENT} if it was removed. */
  String path() throws ErrnoException {
    StringBuilder path = new StringBuilder();
    for (DirectoryNode at = this; !at.root; ) {
      Link here = at.link;
      if (here == null) {
        throw new ErrnoException(Errno.ENOENT, "a removed directory");
      }
      if (!path.isEmpty()) {
        path.insert(0, '/');
      }
      path.insert(0, here.name());
      at = here.parent();
    }
    return path.toString();
  }

  /** The path of an entry. */
  String path(String name) throws ErrnoException {
    String own = path();
    return own.isEmpty() ? name : own + "/" + name;
  }

  /** Whether nothing that is known of it says that another directory was found. */
  boolean is(Found found) {
    return agrees(onApplication, found.application()) && agrees(onShared, found.shared());
  }

  private static boolean agrees(Identity known, Stat found) {
    return known == null || found == null || known.equals(Identity.of(found));
  }

  void learn(Found found) {
    if (found.application() != null) {
      onApplication = Identity.of(found.application());
    }
    if (found.shared() != null) {
      onShared = Identity.of(found.shared());
    }
  }

  @Override
  boolean inUse() {
    return root || !children.isEmpty();
  }
}
