package io.trifold.simulation.machine;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * A disk in memory. What is done to it is seen at once, and durable after a sync; a loss of power
 * keeps any part of what was not synced yet, under five conditions that every filesystem of Linux
 * with a journal meets: each single operation on names is done or not done; of two operations on
 * the same name the second is not kept without the first; nothing gets a name in a directory that
 * was not made; an inode that gets a name has its attributes there; the sync of a file or directory
 * keeps its own place, too.
 *
 * <p>Content and names are independent: a file can be left with its name and without its bytes. But
 * a write is there with its time or not at all: bytes behind times that do not tell of them are
 * beyond everybody who goes by times.
 */
public final class Filesystem {
  private static final long DEVICE = 1;
  private static final int BLOCK = 4096;

  /** The kernel stamps inodes with a clock that ticks this coarsely. */
  private static final long TICK_NANOS = 4_000_000;

  /** An inode. Who holds it has the file open, whatever becomes of its names. */
  public static final class Node {
    private final long inode;
    private final int type;
    private int mode;
    private int links = 1;
    private byte[] content = {};
    private String target = "";
    private long modified;
    private long changed;
    private final TreeMap<String, Node> entries = new TreeMap<>();

    private Node(long inode, int type) {
      this.inode = inode;
      this.type = type;
    }

    public boolean isFile() {
      return type == Stat.S_IFREG;
    }

    public boolean isDirectory() {
      return type == Stat.S_IFDIR;
    }

    public byte[] content() {
      return content;
    }

    public String target() {
      return target;
    }

    public int mode() {
      return mode;
    }

    public Stat stat() {
      long size = isFile() ? content.length : target.length();
      return new Stat(
          DEVICE,
          inode,
          type | mode,
          isDirectory() ? 2 : links,
          0,
          0,
          0,
          size,
          (size + BLOCK - 1) / BLOCK,
          BLOCK,
          0,
          0,
          Math.floorDiv(modified, 1_000_000_000L),
          (int) Math.floorMod(modified, 1_000_000_000L),
          Math.floorDiv(changed, 1_000_000_000L),
          (int) Math.floorMod(changed, 1_000_000_000L),
          0,
          0);
    }
  }

  /** What is on the platter of an inode. */
  private record Durable(
      int type, int mode, Bytes content, String target, long modified, long changed) {}

  private static final class Bytes {
    private final byte[] bytes;

    Bytes(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  /** A name in a directory; the empty name stands for all of the directory's. */
  private record Slot(long directory, String name) {}

  /** Something that was done and is not durable yet. */
  private sealed interface Pending {}

  private record Names(Map<Slot, Long> after, Set<Slot> touched) implements Pending {
    /** Whether it makes one of these directories: a rename is of two names. */
    boolean makesOneOf(Set<Long> directories) {
      return after.size() == 1 && after.values().stream().anyMatch(directories::contains);
    }

    /** The directories in which something gets a name. */
    Set<Long> entered() {
      return after.entrySet().stream()
          .filter(entry -> entry.getValue() != 0)
          .map(entry -> entry.getKey().directory)
          .collect(Collectors.toSet());
    }
  }

  private record Data(long inode, Bytes content, long at) implements Pending {}

  private record Attributes(long inode, int mode, long modified, long changed) implements Pending {}

  private final LongSupplier clock;
  private final Map<Long, Durable> durable = new HashMap<>();
  private final Map<Slot, Long> durableNames = new HashMap<>();
  private List<Pending> pending = new ArrayList<>();
  private Node root;
  private long lastInode = 1;

  /**
   * @param clock nanoseconds since 1970, as the kernel has them
   */
  public Filesystem(LongSupplier clock) {
    this.clock = clock;
    root = new Node(1, Stat.S_IFDIR);
    root.mode = 0755;
    durable.put(1L, new Durable(Stat.S_IFDIR, 0755, new Bytes(root.content), "", 0, 0));
  }

  /** A disk with the same on it, all of it durable: what a copy of a machine has. */
  public Filesystem copy(LongSupplier newClock) {
    syncAll();
    Filesystem copy = new Filesystem(newClock);
    copy.durable.putAll(durable);
    copy.durableNames.putAll(durableNames);
    copy.lastInode = lastInode;
    copy.load();
    return copy;
  }

  private long now() {
    return Math.floorDiv(clock.getAsLong(), TICK_NANOS) * TICK_NANOS;
  }

  // Names

  private static String[] split(String path) {
    return path.isEmpty() ? new String[0] : path.split("/");
  }

  private record Place(Node directory, String name) {
    Node node() {
      return directory.entries.get(name);
    }

    Slot slot() {
      return new Slot(directory.inode, name);
    }
  }

  private Place place(String path) throws ErrnoException {
    String[] names = split(path);
    Node at = root;
    for (int i = 0; i < names.length - 1; i++) {
      at = at.entries.get(names[i]);
      if (at == null) {
        throw new ErrnoException(Errno.ENOENT, path);
      }
      if (!at.isDirectory()) {
        throw new ErrnoException(at.isFile() ? Errno.ENOTDIR : Errno.ELOOP, path);
      }
    }
    return new Place(at, names[names.length - 1]);
  }

  /** The inode at the path; symlinks are not followed. */
  public Node find(String path) throws ErrnoException {
    Node found = path.isEmpty() ? root : place(path).node();
    if (found == null) {
      throw new ErrnoException(Errno.ENOENT, path);
    }
    return found;
  }

  private Node directory(String path) throws ErrnoException {
    Node found = find(path);
    if (!found.isDirectory()) {
      throw new ErrnoException(Errno.ENOTDIR, path);
    }
    return found;
  }

  /** What is in the directory, by name. */
  public Map<String, Node> list(String path) throws ErrnoException {
    return new TreeMap<>(directory(path).entries);
  }

  /** All paths with their inodes, directories before what is in them. */
  public Map<String, Node> walk() {
    Map<String, Node> result = new TreeMap<>();
    walk("", root, result);
    return result;
  }

  private static void walk(String prefix, Node directory, Map<String, Node> result) {
    directory.entries.forEach(
        (name, node) -> {
          result.put(prefix + name, node);
          walk(prefix + name + "/", node, result);
        });
  }

  // Changes

  private void named(Map<Slot, Long> after, Set<Slot> touched) {
    pending.add(new Names(after, touched));
  }

  private void touch(Node node, boolean content) {
    node.changed = now();
    if (content) {
      node.modified = node.changed;
    }
    pending.add(new Attributes(node.inode, node.mode, node.modified, node.changed));
  }

  private Node make(String path, int type, int mode, String target) throws ErrnoException {
    Place place = place(path);
    if (place.node() != null) {
      throw new ErrnoException(Errno.EEXIST, path);
    }
    Node node = new Node(++lastInode, type);
    node.mode = mode;
    node.target = target;
    node.changed = now();
    node.modified = node.changed;
    durable.put(
        node.inode,
        new Durable(type, mode, new Bytes(node.content), target, node.modified, node.changed));
    place.directory.entries.put(place.name, node);
    named(Map.of(place.slot(), node.inode), Set.of(place.slot()));
    touch(place.directory, true);
    return node;
  }

  public Node create(String path, int mode) throws ErrnoException {
    return make(path, Stat.S_IFREG, mode, "");
  }

  public Node mkdir(String path, int mode) throws ErrnoException {
    return make(path, Stat.S_IFDIR, mode, "");
  }

  public Node symlink(String target, String path) throws ErrnoException {
    return make(path, Stat.S_IFLNK, 0777, target);
  }

  /** Gives a file another name. */
  public void link(String path, String newPath) throws ErrnoException {
    Node node = find(path);
    Place place = place(newPath);
    if (place.node() != null) {
      throw new ErrnoException(Errno.EEXIST, newPath);
    }
    place.directory.entries.put(place.name, node);
    named(Map.of(place.slot(), node.inode), Set.of(place.slot()));
    node.links++;
    touch(place.directory, true);
    touch(node, false);
  }

  /** Gives an open file this content. */
  public void write(Node file, byte[] content) {
    file.content = content.clone();
    file.modified = file.changed = now();
    pending.add(new Data(file.inode, new Bytes(file.content), file.changed));
  }

  public void chmod(Node node, int mode) {
    node.mode = mode;
    touch(node, false);
  }

  public void setTime(Node node, long seconds, int nanos) {
    node.modified = seconds * 1_000_000_000L + nanos;
    touch(node, false);
  }

  public void unlink(String path) throws ErrnoException {
    Place place = place(path);
    if (find(path).isDirectory()) {
      throw new ErrnoException(Errno.EISDIR, path);
    }
    remove(place, Set.of(place.slot()));
  }

  public void rmdir(String path) throws ErrnoException {
    Place place = place(path);
    Node directory = directory(path);
    if (!directory.entries.isEmpty()) {
      throw new ErrnoException(Errno.ENOTEMPTY, path);
    }
    remove(place, Set.of(place.slot(), new Slot(directory.inode, "")));
  }

  private void remove(Place place, Set<Slot> touched) {
    unlinked(place.node());
    place.directory.entries.remove(place.name);
    named(Map.of(place.slot(), 0L), touched);
    touch(place.directory, true);
  }

  private void unlinked(Node node) {
    node.links--;
    if (node.links > 0) {
      touch(node, false);
    }
  }

  public void rename(String path, String newPath) throws ErrnoException {
    Node node = find(path);
    Place from = place(path);
    Place to = place(newPath);
    Node replaced = to.node();
    if (node == replaced) {
      return;
    }
    if (newPath.startsWith(path + "/")) {
      throw new ErrnoException(Errno.EINVAL, newPath);
    }
    Set<Slot> touched = new HashSet<>(Set.of(from.slot(), to.slot()));
    if (replaced != null) {
      if (node.isDirectory() && !replaced.isDirectory()) {
        throw new ErrnoException(Errno.ENOTDIR, newPath);
      }
      if (!node.isDirectory() && replaced.isDirectory()) {
        throw new ErrnoException(Errno.EISDIR, newPath);
      }
      if (!replaced.entries.isEmpty()) {
        throw new ErrnoException(Errno.ENOTEMPTY, newPath);
      }
      touched.add(new Slot(replaced.inode, ""));
      unlinked(replaced);
    }
    from.directory.entries.remove(from.name);
    to.directory.entries.put(to.name, node);
    touch(node, false);
    named(Map.of(from.slot(), 0L, to.slot(), node.inode), touched);
    touch(from.directory, true);
    touch(to.directory, true);
  }

  // Durability

  /** {@code fsync}: what is at the path, with its own place. */
  public void sync(String path) throws ErrnoException {
    sync(find(path));
  }

  /** {@code fsync} of an open file. */
  public void sync(Node node) {
    Set<Slot> wanted = new HashSet<>();
    if (node.isDirectory()) {
      wanted.add(new Slot(node.inode, ""));
    }
    above(root, node, wanted);
    keep(
        operation ->
            (operation instanceof Data data && data.inode == node.inode)
                || (operation instanceof Attributes attributes && attributes.inode == node.inode),
        wanted);
  }

  /** The names by which the node is reached. */
  private static boolean above(Node directory, Node node, Set<Slot> wanted) {
    if (directory == node) {
      return true;
    }
    for (Map.Entry<String, Node> entry : directory.entries.entrySet()) {
      if (above(entry.getValue(), node, wanted)) {
        wanted.add(new Slot(directory.inode, entry.getKey()));
        return true;
      }
    }
    return false;
  }

  /** {@code syncfs}. */
  public void syncAll() {
    keep(operation -> true, new HashSet<>());
  }

  private interface Choice {
    boolean isKept(Pending operation);
  }

  /** Makes durable what is chosen, what concerns a wanted name, and what had to come before it. */
  private void keep(Choice choice, Set<Slot> wanted) {
    boolean[] kept = new boolean[pending.size()];
    Set<Long> named = new HashSet<>();
    Set<Long> entered = new HashSet<>();
    for (int i = pending.size() - 1; i >= 0; i--) {
      Pending operation = pending.get(i);
      kept[i] = choice.isKept(operation);
      if (operation instanceof Names names) {
        kept[i] |=
            names.touched.stream().anyMatch(slot -> isWanted(slot, wanted))
                || names.makesOneOf(entered);
        if (kept[i]) {
          wanted.addAll(names.touched);
          entered.addAll(names.entered());
          named.addAll(names.after.values());
        }
      } else if (operation instanceof Attributes attributes) {
        kept[i] |= named.contains(attributes.inode);
      }
    }
    List<Pending> left = new ArrayList<>();
    for (int i = 0; i < kept.length; i++) {
      if (kept[i]) {
        persist(pending.get(i));
      } else {
        left.add(pending.get(i));
      }
    }
    pending = left;
  }

  private static boolean isWanted(Slot slot, Set<Slot> wanted) {
    return wanted.contains(slot) || wanted.contains(new Slot(slot.directory, ""));
  }

  private void persist(Pending operation) {
    if (operation instanceof Names names) {
      names.after.forEach(
          (slot, inode) -> {
            if (inode == 0) {
              durableNames.remove(slot);
            } else {
              durableNames.put(slot, inode);
            }
          });
    } else if (operation instanceof Data data) {
      durable.computeIfPresent(
          data.inode,
          (inode, old) ->
              new Durable(old.type, old.mode, data.content, old.target, data.at, data.at));
    } else if (operation instanceof Attributes set) {
      durable.computeIfPresent(
          set.inode,
          (inode, old) ->
              new Durable(old.type, set.mode, old.content, old.target, set.modified, set.changed));
    }
  }

  /** The power is lost: of what was not synced, any part stays. Whatever was open is closed. */
  public void losePower(Random random) {
    int share = random.nextInt(5);
    boolean ordered = random.nextBoolean();
    int end = random.nextInt(pending.size() + 1);
    Iterator<Pending> all = List.copyOf(pending).iterator();
    Set<Pending> chosen = java.util.Collections.newSetFromMap(new java.util.IdentityHashMap<>());
    for (int i = 0; all.hasNext(); i++) {
      Pending operation = all.next();
      boolean stays = (ordered && operation instanceof Names) ? i < end : random.nextInt(4) < share;
      if (stays) {
        chosen.add(operation);
      }
    }
    keep(chosen::contains, new HashSet<>());
    pending = new ArrayList<>();
    load();
  }

  /** Brings up what is durable. */
  private void load() {
    Map<Long, List<Map.Entry<Slot, Long>>> byDirectory = new HashMap<>();
    durableNames
        .entrySet()
        .forEach(
            entry ->
                byDirectory
                    .computeIfAbsent(entry.getKey().directory, d -> new ArrayList<>())
                    .add(entry));
    root = load(1, byDirectory, new HashMap<>());
    Set<Long> reachable = new HashSet<>(Set.of(1L));
    walk().values().forEach(node -> reachable.add(node.inode));
    durable.keySet().retainAll(reachable);
    durableNames.keySet().removeIf(slot -> !reachable.contains(slot.directory));
  }

  private Node load(
      long inode, Map<Long, List<Map.Entry<Slot, Long>>> names, Map<Long, Node> loaded) {
    Node known = loaded.get(inode);
    if (known != null) {
      known.links++;
      return known;
    }
    Durable from = durable.get(inode);
    Node node = new Node(inode, from.type);
    loaded.put(inode, node);
    node.mode = from.mode;
    node.content = from.content.bytes;
    node.target = from.target;
    node.modified = from.modified;
    node.changed = from.changed;
    for (Map.Entry<Slot, Long> entry : names.getOrDefault(inode, List.of())) {
      node.entries.put(entry.getKey().name, load(entry.getValue(), names, loaded));
    }
    return node;
  }
}
