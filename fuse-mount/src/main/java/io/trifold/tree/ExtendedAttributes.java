package io.trifold.tree;

import io.trifold.fuse.Caller;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.rules.Decision;
import io.trifold.rules.FileNames;
import io.trifold.rules.Side;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Extended attributes: those of the disk, and {@code user.trifold.*}, which can be read and are
 * never listed, lest copies carry them away.
 */
final class ExtendedAttributes {
  private static final String OWN = "user.trifold.";
  private static final String CAPABILITY = "security.capability";
  private static final Pattern TRUSTED = Pattern.compile("(?<=^|\\x00)trusted\\.[^\\x00]*\\x00");

  private final Storage storage;
  private final Resolver resolver;
  private final VirtualFiles virtual;
  private final Changes changes;

  ExtendedAttributes(Storage storage, Resolver resolver, VirtualFiles virtual, Changes changes) {
    this.storage = storage;
    this.resolver = resolver;
    this.virtual = virtual;
    this.changes = changes;
  }

  byte[] get(Node node, String name) throws ErrnoException {
    if (name.startsWith(OWN)) {
      return own(node, name);
    }
    if (!(node instanceof FileNode file) || !name.equals(CAPABILITY)) {
      return resolver.with(node, pinned -> pinned.getXattr(name));
    }
    return capability(file);
  }

  /** The kernel asks for it at every write; only callers of this mount can set it on this side. */
  private byte[] capability(FileNode file) throws ErrnoException {
    if (file.isWithoutCapability()) {
      throw new ErrnoException(Errno.ENODATA, CAPABILITY);
    }
    return resolver.withFile(
        file,
        null,
        pinned -> {
          try {
            return pinned.getXattr(CAPABILITY);
          } catch (ErrnoException e) {
            if (e.errno() == Errno.ENODATA && file.side() == Side.APPLICATION) {
              file.setWithoutCapability(true);
            }
            throw e;
          }
        });
  }

  private byte[] own(Node node, String name) throws ErrnoException {
    String path = storage.reading(() -> path(node));
    String value = virtual.attribute(path, node instanceof DirectoryNode, name);
    if (value == null) {
      throw new ErrnoException(Errno.ENODATA, name);
    }
    return FileNames.encode(value);
  }

  private static String path(Node node) throws ErrnoException {
    if (node instanceof DirectoryNode directory) {
      return directory.path();
    }
    for (Link link : ((FileNode) node).links()) {
      return link.path();
    }
    throw new ErrnoException(Errno.ENODATA, "a file without a name");
  }

  /** The names of {@code trusted} attributes are for root's eyes. */
  byte[] list(Caller caller, Node node) throws ErrnoException {
    byte[] names = resolver.with(node, PinnedFile::listXattr);
    return caller.uid() == 0 ? names : untrusted(names);
  }

  private static byte[] untrusted(byte[] names) {
    String text = new String(names, StandardCharsets.ISO_8859_1);
    String kept = TRUSTED.matcher(text).replaceAll("");
    return kept.getBytes(StandardCharsets.ISO_8859_1);
  }

  void set(Node node, String name, byte[] value, int flags) throws ErrnoException {
    change(node, name, pinned -> pinned.setXattr(name, value, flags));
  }

  void remove(Node node, String name) throws ErrnoException {
    change(node, name, pinned -> pinned.removeXattr(name));
  }

  @FunctionalInterface
  private interface Change {
    void on(PinnedFile file) throws ErrnoException;
  }

  private void change(Node node, String name, Change change) throws ErrnoException {
    if (name.startsWith(OWN)) {
      throw new ErrnoException(Errno.EPERM, name);
    }
    if (node instanceof FileNode file) {
      changeFile(file, name, change);
    } else {
      changeDirectory((DirectoryNode) node, change);
    }
  }

  private void changeFile(FileNode file, String name, Change change) throws ErrnoException {
    resolver.withFile(
        file,
        null,
        pinned -> {
          changes.admit(file);
          change.on(pinned);
          if (name.equals(CAPABILITY)) {
            file.setWithoutCapability(false);
          }
          changes.changed(file);
          return null;
        });
  }

  private void changeDirectory(DirectoryNode directory, Change change) throws ErrnoException {
    if (Resolver.isRemoved(directory)) {
      resolver.onRemoved(
          directory,
          pinned -> {
            change.on(pinned);
            return null;
          });
      return;
    }
    Decision decision = directory.state().directory();
    resolver.withDirectory(
        directory,
        pinned -> {
          String path = directory.path();
          changes.admit(path, decision);
          change.on(pinned);
          changes.changed(path, decision);
          return null;
        });
  }
}
