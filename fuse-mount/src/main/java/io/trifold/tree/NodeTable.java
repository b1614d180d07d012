package io.trifold.tree;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Stat;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.util.ArrayList;
import java.util.List;

/**
 * All nodes: by number, by inode, by name. Its own lock guards the links between them, is held for
 * a few steps in memory only, and is the last to be taken.
 *
 * <p>A node lives while the kernel refers to it, while it is open, and, a directory, while nodes
 * below it live: a file may be known by a name whose directory the kernel has forgotten.
 */
final class NodeTable {
  private final NumberTable byNumber = new NumberTable();
  private final InodeIndex files = new InodeIndex();
  private final InodeNumbers inodes;
  private final DirectoryNode root;

  /** Where the search for nodes that may go stopped last. */
  private int hand;

  NodeTable(InodeNumbers inodes, RuleState rootState, long rootInode) {
    this.inodes = inodes;
    this.root = DirectoryNode.root(byNumber.reserve(), rootInode, rootState);
    byNumber.put(root);
  }

  DirectoryNode root() {
    return root;
  }

  /** The node of this number, {@code ESTALE} if there is none. */
  Node node(long number) throws ErrnoException {
    Node node = byNumber.get(number);
    if (node == null) {
      throw new ErrnoException(Errno.ESTALE, "node " + number);
    }
    return node;
  }

  DirectoryNode directory(long number) throws ErrnoException {
    if (node(number) instanceof DirectoryNode directory) {
      return directory;
    }
    throw new ErrnoException(Errno.ENOTDIR, "node " + number);
  }

  FileNode file(long number) throws ErrnoException {
    if (node(number) instanceof FileNode file) {
      return file;
    }
    throw new ErrnoException(Errno.EISDIR, "node " + number);
  }

  /** The node of what was found at a name; counts one reference of the kernel's. */
  synchronized Node enter(DirectoryNode parent, String name, Found found) {
    Node node =
        found.isDirectory() ? enterDirectory(parent, name, found) : enterFile(parent, name, found);
    node.addLookups(1);
    return node;
  }

  private DirectoryNode enterDirectory(DirectoryNode parent, String name, Found found) {
    Node known = parent.children().get(name);
    if (known instanceof DirectoryNode directory && directory.is(found)) {
      directory.learn(found);
      return directory;
    }
    detach(parent, name);
    DirectoryNode directory =
        DirectoryNode.at(new Link(parent, name), byNumber.reserve(), inodes.of(found.stat()));
    directory.learn(found);
    byNumber.put(directory);
    parent.children().put(name, directory);
    return directory;
  }

  private FileNode enterFile(DirectoryNode parent, String name, Found found) {
    Node known = parent.children().get(name);
    if (known instanceof FileNode file && file.side() == found.side() && file.is(found.stat())) {
      file.setLinksOnDisk(found.stat().links());
      file.setSize(found.stat().size());
      return file;
    }
    detach(parent, name);
    FileNode file = files.find(found.side(), found.stat());
    if (file == null) {
      file = newFile(found.side(), found.stat());
    } else if (found.stat().links() == 1) {
      // Renamed elsewhere: the names that it had are gone.
      file.links().forEach(link -> link.parent().children().remove(link.name()));
      file.setLinks(List.of());
    }
    file.setLinksOnDisk(found.stat().links());
    addLink(file, new Link(parent, name));
    parent.children().put(name, file);
    return file;
  }

  /** The node of a file that was made without a name; counts one reference of the kernel's. */
  synchronized FileNode enterNameless(Side side, Stat stat) {
    FileNode file = newFile(side, stat);
    file.addLookups(1);
    return file;
  }

  private FileNode newFile(Side side, Stat stat) {
    FileNode file = new FileNode(byNumber.reserve(), inodes.of(stat), side, stat);
    byNumber.put(file);
    files.add(file);
    return file;
  }

  private static void addLink(FileNode file, Link link) {
    List<Link> links = new ArrayList<>(file.links());
    links.add(link);
    file.setLinks(links);
  }

  private static void removeLink(FileNode file, Link link) {
    List<Link> links = new ArrayList<>(file.links());
    links.remove(link);
    file.setLinks(links);
  }

  /** The known node at a name, {@code null} if none is known. */
  synchronized Node child(DirectoryNode parent, String name) {
    return parent.children().get(name);
  }

  /** The known directory that holds the path's last component, {@code null} if not known. */
  synchronized DirectoryNode parentOf(String path) {
    DirectoryNode at = root;
    int from = 0;
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', from)) {
      if (!(at.children().get(path.substring(from, slash)) instanceof DirectoryNode next)) {
        return null;
      }
      at = next;
      from = slash + 1;
    }
    return at;
  }

  /**
   * Has a node hold on to what it is, as its name is about to go; it lets go with its last
   * reference. Takes over the descriptor.
   */
  synchronized void pin(Node node, PinnedFile pin) {
    if (node.pin() == null && byNumber.get(node.number()) == node) {
      node.setPin(pin);
    } else {
      pin.close();
    }
  }

  /** The node has kept its name. */
  synchronized void unpin(Node node) {
    if (node.pin() != null) {
      node.pin().close();
      node.setPin(null);
    }
  }

  /** The kernel gives references back. */
  synchronized void forget(long number, long count) {
    Node node = byNumber.get(number);
    if (node != null) {
      node.addLookups(-Math.min(count, node.lookups()));
      dropIfUnused(node);
    }
  }

  /** To be told when the last handle of a node was closed. */
  synchronized void closed(Node node) {
    dropIfUnused(node);
  }

  /** The name was removed, or stands for something else: the inode has one name less. */
  synchronized void remove(DirectoryNode parent, String name) {
    detach(parent, name);
    dropIfUnused(parent);
  }

  /**
   * Something else was put in the node's place below the mount. A lookup may have found that
   * already: then the name is the other node's, and stays.
   */
  synchronized void replaced(DirectoryNode parent, String name, Node node) {
    if (node instanceof FileNode file) {
      file.setReplaced();
    }
    if (parent.children().get(name) == node) {
      remove(parent, name);
    }
  }

  private void detach(DirectoryNode parent, String name) {
    Node node = parent.children().remove(name);
    if (node instanceof FileNode file) {
      removeLink(file, new Link(parent, name));
      file.setLinksOnDisk(file.linksOnDisk() - 1);
      if (file.linksOnDisk() <= 0) {
        // Its number on disk is free to be used again, within the same tick of the birth clock.
        files.remove(file);
      }
    } else if (node instanceof DirectoryNode directory) {
      directory.setLink(null);
    }
    if (node != null) {
      dropIfUnused(node);
    }
  }

  /** An entry was moved, over what stood at the new name. */
  synchronized void move(DirectoryNode from, String name, DirectoryNode to, String newName) {
    detach(to, newName);
    Node node = from.children().remove(name);
    if (node != null) {
      place(node, new Link(from, name), new Link(to, newName));
    }
    dropIfUnused(from);
  }

  /** Two entries changed places. */
  synchronized void exchange(DirectoryNode a, String name, DirectoryNode b, String newName) {
    Node first = a.children().remove(name);
    Node second = b.children().remove(newName);
    if (first != null) {
      place(first, new Link(a, name), new Link(b, newName));
    }
    if (second != null) {
      place(second, new Link(b, newName), new Link(a, name));
    }
    dropIfUnused(a);
    dropIfUnused(b);
  }

  private static void place(Node node, Link from, Link to) {
    if (node instanceof FileNode file) {
      removeLink(file, from);
      addLink(file, to);
    } else if (node instanceof DirectoryNode directory) {
      directory.setLink(to);
    }
    to.parent().children().put(to.name(), node);
  }

  private void dropIfUnused(Node node) {
    if (node.lookups() > 0 || node.inUse() || !byNumber.remove(node)) {
      return;
    }
    unpin(node);
    if (node instanceof FileNode file) {
      files.remove(file);
      for (Link link : file.links()) {
        link.parent().children().remove(link.name(), file);
        dropIfUnused(link.parent());
      }
    } else if (node instanceof DirectoryNode directory && directory.link() != null) {
      Link link = directory.link();
      link.parent().children().remove(link.name(), directory);
      dropIfUnused(link.parent());
    }
  }

  /** All there are at the moment. */
  synchronized List<Node> all() {
    List<Node> all = new ArrayList<>(byNumber.size());
    for (int place = 0; place < byNumber.end(); place++) {
      Node node = byNumber.at(place);
      if (node != null) {
        all.add(node);
      }
    }
    return all;
  }

  /** How many nodes there are. */
  int size() {
    return byNumber.size();
  }

  /**
   * Up to so many nodes that only the kernel needs, as far as can be told from here; the next ones
   * each time, all around.
   */
  synchronized List<Node> idle(int count) {
    List<Node> idle = new ArrayList<>();
    int end = byNumber.end();
    for (int i = 0; i < end && idle.size() < count; i++) {
      hand = hand + 1 < end ? hand + 1 : 0;
      Node node = byNumber.at(hand);
      if (node != null && !node.inUse() && node.pin() == null) {
        idle.add(node);
      }
    }
    return idle;
  }
}
