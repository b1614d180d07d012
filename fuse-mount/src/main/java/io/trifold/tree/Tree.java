package io.trifold.tree;

import io.trifold.fuse.AttributeChange;
import io.trifold.fuse.Attributes;
import io.trifold.fuse.Caller;
import io.trifold.fuse.Created;
import io.trifold.fuse.DirectorySink;
import io.trifold.fuse.Entry;
import io.trifold.fuse.FuseOperations;
import io.trifold.fuse.KernelCache;
import io.trifold.fuse.LockOwner;
import io.trifold.fuse.OpenFile;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;
import io.trifold.posix.Stat;
import io.trifold.posix.StatFs;
import io.trifold.rules.Binding;
import io.trifold.rules.Decision;
import io.trifold.rules.RuleState;
import io.trifold.rules.Side;
import java.util.Collection;
import java.util.List;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The filesystem of a mount: the application's directory and the shared storage, put together by
 * the rules. It tells requests on nodes apart by what they need and passes them on; the virtual
 * directory's are answered first.
 *
 * <p>Making a tree sets the process's umask to 0: what is made gets its caller's, see {@link
 * io.trifold.posix.Credentials}.
 */
public final class Tree implements FuseOperations, Namespace, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Tree.class);

  private final Storage storage;
  private final Routes routes;
  private final NodeTable table;
  private final Resolver resolver;
  private final Removals removals;
  private final Notices notices = new Notices();
  private final VirtualDirectory virtual;
  private final Entries entries;
  private final Renames renames;
  private final HandleTable handles = new HandleTable();
  private final OpenFiles files;
  private final Directories directories;
  private final AttributeChanges attributeChanges;
  private final Changes changes;
  private final ExtendedAttributes extendedAttributes;
  private final Locks locks = new Locks();
  private final Replacement replacement;

  /**
   * Opens nothing yet but what the roots hold open.
   *
   * @throws IllegalArgumentException if a rule is {@code remote} and there is no shared root
   */
  public Tree(TreeSettings settings) throws ErrnoException {
    this(settings, NodeLimit.ofHeap());
  }

  /**
   * @param nodes how many there may be before the kernel is asked to forget some
   */
  Tree(TreeSettings settings, int nodes) throws ErrnoException {
    boolean remote =
        settings.rules().rules().stream().anyMatch(rule -> rule.binding() == Binding.REMOTE);
    if (remote && settings.shared() == null) {
      throw new IllegalArgumentException("A rule is remote, but there is no shared root.");
    }
    Posix.umask(0);
    RuleState rootState = settings.rules().root();
    Stat root = settings.application().stat("");
    changes = new Changes(settings.observer());
    InodeNumbers inodes = new InodeNumbers(root.device());
    storage = new Storage(settings);
    table = new NodeTable(inodes, rootState, inodes.of(root));
    routes = new Routes(settings.rules());
    SharedListings listings = new SharedListings(notices);
    resolver = new Resolver(storage, table, routes, listings, new NodeLimit(table, notices, nodes));
    virtual = new VirtualDirectory(settings.virtual(), table.root(), notices);
    removals = new Removals(storage, table);
    MergedDirectory merged = new MergedDirectory(storage, table, inodes, removals, changes);
    ParentDirectories parents = new ParentDirectories(storage, changes);
    FormerLogs formerLogs = new FormerLogs(System::nanoTime);
    entries = new Entries(storage, table, resolver, parents, merged, removals, changes, formerLogs);
    CrossBindingMove crossMove =
        new CrossBindingMove(storage, table, parents, removals, changes, notices);
    renames =
        new Renames(storage, table, resolver, parents, crossMove, removals, changes, formerLogs);
    files =
        new OpenFiles(
            storage,
            table,
            resolver,
            entries,
            parents,
            handles,
            locks,
            changes,
            settings.logs(),
            formerLogs);
    directories = new Directories(storage, table, resolver, merged, inodes, changes, listings);
    attributeChanges = new AttributeChanges(storage, resolver, changes);
    extendedAttributes = new ExtendedAttributes(storage, resolver, settings.virtual(), changes);
    replacement = new Replacement(storage, table, removals, notices);
  }

  /** Who is told of deletions that are to be broadcast, from now on. */
  public void onRemoval(RemovalObserver observer) {
    changes.onRemoval(observer);
  }

  /** Where notices to the kernel go from now on; to be called once, when the mount is up. */
  public void attach(KernelCache cache) {
    notices.attach(cache);
  }

  /**
   * To be called when the rule set has become another: what is derived from it is derived anew, and
   * the kernel asks anew for what it may keep by the options of before. Outside of requests.
   */
  public void rulesChanged() {
    storage.rulesChanged();
    routes.rulesChanged();
    dropKernelCaches();
  }

  /**
   * Has the kernel ask anew for all that it keeps of names, attributes and content that are known
   * here; of names that do not exist it may keep that they do not. To be called outside of
   * requests.
   */
  public void dropKernelCaches() {
    for (Node node : table.all()) {
      notices.send(
          cache -> {
            if (node instanceof DirectoryNode directory) {
              List.copyOf(directory.children().keySet())
                  .forEach(name -> cache.invalidateEntry(directory.number(), name));
            }
            cache.invalidateNode(node.number());
          });
    }
  }

  /**
   * Directories that are mounted over from now on; to be called once. The kernel lets nobody rename
   * them, but what is above them it would: the mounts would go along, to where other rules bind.
   */
  public void holdInPlace(Collection<String> paths) {
    renames.holdInPlace(paths);
  }

  /**
   * Ends what is still open, once no requests come any more: what was written through it is told to
   * the observer. Sends no more notices. The roots stay open.
   */
  @Override
  public void close() {
    for (long handle : handles.numbers()) {
      try {
        if (handles.find(handle, FileHandle.class) != null) {
          files.release(handle);
        }
      } catch (ErrnoException e) {
        LOG.warn("An open file could not be closed in order: {}", e.getMessage());
      }
    }
    directories.close();
    notices.close();
  }

  /** How many nodes are known. */
  int nodes() {
    return table.size();
  }

  @Override
  public BackingRoot applicationRoot() {
    return storage.application();
  }

  @Override
  public <T> T exclusively(Collection<String> paths, Exclusive<T> action) throws ErrnoException {
    return storage.exclusively(
        () -> {
          replacement.prepare(paths);
          return action.run();
        });
  }

  @Override
  public boolean openForWriting(String path) {
    return known(path) instanceof FileNode file && file.isOpenForWriting();
  }

  /** The node at a path of the application's side; {@code null} if none is known. */
  private Node known(String path) {
    DirectoryNode parent = table.parentOf(path);
    return parent == null ? null : table.child(parent, path.substring(path.lastIndexOf('/') + 1));
  }

  @Override
  public boolean mayBeMapped(String path) {
    return files.mayBeMapped(path)
        || (known(path) instanceof FileNode file
            && file.handles().stream().anyMatch(FileHandle::isMappable));
  }

  @Override
  public void tellOfWrites() throws ErrnoException {
    files.tellOfWrites();
  }

  @Override
  public void replaced(Collection<String> paths) {
    replacement.replaced(paths);
  }

  @Override
  public boolean mayBlock(long node) {
    try {
      if (VirtualDirectory.owns(node)) {
        return false;
      }
      return table.node(node) instanceof FileNode file
          ? file.side() == Side.SHARED
          : mayBlock(table.directory(node));
    } catch (ErrnoException unknown) {
      return false;
    }
  }

  @Override
  public boolean mayWait(long node) {
    if (VirtualDirectory.owns(node)) {
      return virtual.mayWait(node);
    }
    try {
      return table.node(node) instanceof FileNode file && Changes.isSettled(file);
    } catch (ErrnoException unknown) {
      return false;
    }
  }

  private static boolean mayBlock(DirectoryNode directory) {
    return directory.state().mixed() || directory.home() == Side.SHARED;
  }

  @Override
  public Entry lookup(Caller caller, long parent, String name) throws ErrnoException {
    if (VirtualDirectory.owns(parent)) {
      return virtual.lookup(parent, name);
    }
    DirectoryNode directory = table.directory(parent);
    if (VirtualDirectory.isAt(directory, name)) {
      return virtual.entry();
    }
    if (ReservedNames.hides(directory, name)) {
      return Entry.absent(Entry.UNLIMITED);
    }
    return resolver.lookup(directory, name);
  }

  @Override
  public void forget(long node, long count) {
    if (VirtualDirectory.owns(node)) {
      virtual.forget(node, count);
    } else {
      table.forget(node, count);
    }
  }

  @Override
  public Attributes getattr(Caller caller, long node, long handle) throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      return virtual.attributes(node);
    }
    if (table.node(node) instanceof FileNode file) {
      return resolver.attributes(file, files.find(handle));
    }
    return resolver.attributes(table.directory(node));
  }

  @Override
  public Attributes setattr(Caller caller, long node, AttributeChange change)
      throws ErrnoException {
    Acting.as(caller);
    if (VirtualDirectory.owns(node)) {
      return virtual.change(node, change);
    }
    if (changeable(node) instanceof FileNode file) {
      FileHandle handle = change.has(AttributeChange.HANDLE) ? files.find(change.handle()) : null;
      return attributeChanges.apply(file, handle, change);
    }
    return attributeChanges.apply(table.directory(node), change);
  }

  /** The node, to change it; those of the virtual directory cannot be. */
  private Node changeable(long node) throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      throw VirtualDirectory.refusal();
    }
    return table.node(node);
  }

  /** The directory, to change an entry of it; neither the virtual directory nor its name. */
  private DirectoryNode changeable(long parent, String name) throws ErrnoException {
    if (VirtualDirectory.owns(parent)) {
      throw VirtualDirectory.refusal();
    }
    DirectoryNode directory = table.directory(parent);
    if (VirtualDirectory.isAt(directory, name)) {
      throw VirtualDirectory.refusal();
    }
    return directory;
  }

  @Override
  public String readlink(Caller caller, long node) throws ErrnoException {
    return resolver.withFile(table.file(node), null, PinnedFile::readlink);
  }

  @Override
  public Entry mknod(Caller caller, long parent, String name, int mode, int umask, long rdev)
      throws ErrnoException {
    Acting.as(caller);
    return entries.mknod(caller, changeable(parent, name), name, mode, umask, rdev);
  }

  @Override
  public Entry mkdir(Caller caller, long parent, String name, int mode, int umask)
      throws ErrnoException {
    Acting.as(caller);
    return entries.mkdir(caller, changeable(parent, name), name, mode, umask);
  }

  @Override
  public Entry symlink(Caller caller, long parent, String name, String target)
      throws ErrnoException {
    Acting.as(caller);
    return entries.symlink(caller, changeable(parent, name), name, target);
  }

  @Override
  public Entry link(Caller caller, long node, long newParent, String newName)
      throws ErrnoException {
    Acting.as(caller);
    if (!(changeable(node) instanceof FileNode file)) {
      throw new ErrnoException(Errno.EPERM, newName);
    }
    return entries.link(caller, file, changeable(newParent, newName), newName);
  }

  @Override
  public void unlink(Caller caller, long parent, String name) throws ErrnoException {
    Acting.as(caller);
    entries.unlink(changeable(parent, name), name);
  }

  @Override
  public void rmdir(Caller caller, long parent, String name) throws ErrnoException {
    Acting.as(caller);
    entries.rmdir(changeable(parent, name), name);
  }

  @Override
  public void rename(
      Caller caller, long parent, String name, long newParent, String newName, int flags)
      throws ErrnoException {
    Acting.as(caller);
    renames.rename(changeable(parent, name), name, changeable(newParent, newName), newName, flags);
  }

  @Override
  public OpenFile open(Caller caller, long node, int flags) throws ErrnoException {
    Acting.as(caller);
    if (VirtualDirectory.owns(node)) {
      long handle = handles.add(virtual.open(caller, node, flags));
      return new OpenFile(handle, OpenFile.Caching.NONE).withFlushed(FileHandle.writes(flags));
    }
    return files.open(table.file(node), flags);
  }

  @Override
  public Created create(Caller caller, long parent, String name, int mode, int umask, int flags)
      throws ErrnoException {
    Acting.as(caller);
    return files.create(caller, changeable(parent, name), name, mode, umask, flags);
  }

  @Override
  public Created tmpfile(Caller caller, long parent, int mode, int umask, int flags)
      throws ErrnoException {
    Acting.as(caller);
    if (VirtualDirectory.owns(parent)) {
      throw VirtualDirectory.refusal();
    }
    return files.tmpfile(caller, table.directory(parent), mode, umask, flags);
  }

  @Override
  public int read(long node, long handle, long offset, Pointer buffer, int count)
      throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      return handles.get(handle, VirtualHandle.class).read(offset, buffer, count);
    }
    return files.read(files.get(handle), offset, buffer, count);
  }

  @Override
  public int write(Caller caller, long node, long handle, long offset, Pointer buffer, int count)
      throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      return handles.get(handle, VirtualHandle.class).write(caller, buffer, count);
    }
    return files.write(files.get(handle), offset, buffer, count);
  }

  @Override
  public void flush(Caller caller, long node, long handle, LockOwner owner) throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      handles.get(handle, VirtualHandle.class).flush(caller);
    } else {
      files.flush(files.get(handle), owner);
    }
  }

  @Override
  public void release(long node, long handle) throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      handles.remove(handle, VirtualHandle.class).release();
    } else {
      files.release(handle);
    }
  }

  @Override
  public void fsync(Caller caller, long node, long handle, boolean dataOnly) throws ErrnoException {
    if (!VirtualDirectory.owns(node)) {
      files.fsync(files.get(handle), dataOnly);
    }
  }

  @Override
  public void readdir(Caller caller, long node, long offset, DirectorySink sink)
      throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      virtual.read(node, offset, sink);
    } else {
      directories.read(table.directory(node), offset, sink);
    }
  }

  @Override
  public void fsyncdir(Caller caller, long node, boolean dataOnly) throws ErrnoException {
    if (!VirtualDirectory.owns(node)) {
      directories.sync(table.directory(node));
    }
  }

  @Override
  public StatFs statfs(Caller caller, long node) throws ErrnoException {
    Side side = VirtualDirectory.owns(node) ? Side.APPLICATION : side(table.node(node));
    return storage.in(side, bound(node), root -> Posix.statFs(root.fd()));
  }

  private Decision bound(long node) throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      return table.root().state().directory();
    }
    return table.node(node) instanceof FileNode file
        ? Routes.bound(file)
        : table.directory(node).state().directory();
  }

  private static Side side(Node node) {
    return node instanceof FileNode file ? file.side() : ((DirectoryNode) node).home();
  }

  @Override
  public byte[] getxattr(Caller caller, long node, String name) throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      throw new ErrnoException(Errno.ENODATA, name);
    }
    return extendedAttributes.get(table.node(node), name);
  }

  @Override
  public byte[] listxattr(Caller caller, long node) throws ErrnoException {
    return VirtualDirectory.owns(node)
        ? new byte[0]
        : extendedAttributes.list(caller, table.node(node));
  }

  @Override
  public void setxattr(Caller caller, long node, String name, byte[] value, int flags)
      throws ErrnoException {
    Acting.as(caller);
    extendedAttributes.set(changeable(node), name, value, flags);
  }

  @Override
  public void removexattr(Caller caller, long node, String name) throws ErrnoException {
    Acting.as(caller);
    extendedAttributes.remove(changeable(node), name);
  }

  @Override
  public RecordLock getlk(long node, long handle, LockOwner owner, RecordLock lock)
      throws ErrnoException {
    FileHandle file = files.get(handle);
    return files.on(file, () -> locks.test(file, owner, lock));
  }

  @Override
  public boolean setlk(long node, long handle, LockOwner owner, RecordLock lock)
      throws ErrnoException {
    FileHandle file = files.get(handle);
    return files.on(file, () -> locks.set(file, owner, lock));
  }

  @Override
  public boolean flock(long node, long handle, int operation) throws ErrnoException {
    FileHandle file = files.get(handle);
    return files.on(file, () -> Posix.flock(file.fd(), operation));
  }

  @Override
  public void fallocate(Caller caller, long node, long handle, int mode, long offset, long length)
      throws ErrnoException {
    files.fallocate(files.get(handle), mode, offset, length);
  }

  @Override
  public long lseek(long node, long handle, long offset, int whence) throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      throw new ErrnoException(Errno.ENXIO, "virtual file");
    }
    return files.lseek(files.get(handle), offset, whence);
  }

  @Override
  public long copyFileRange(
      Caller caller,
      long node,
      long handle,
      long offset,
      long outNode,
      long outHandle,
      long outOffset,
      long length)
      throws ErrnoException {
    if (VirtualDirectory.owns(node)) {
      throw new ErrnoException(Errno.EXDEV, "virtual file");
    }
    return files.copy(files.get(handle), offset, files.get(outHandle), outOffset, length);
  }
}
