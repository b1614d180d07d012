package io.trifold.fuse.kernel;

import io.trifold.fuse.KernelCache;
import io.trifold.fuse.NamedNode;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import io.trifold.rules.FileNames;
import java.util.Collection;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notices to the kernel: messages with no request, a code in place of the error. */
final class Notices implements KernelCache {
  private static final Logger LOG = LoggerFactory.getLogger(Notices.class);
  private static final int INVAL_INODE = 2;
  private static final int INVAL_ENTRY = 3;
  private static final int PRUNE = 9;

  /** The protocol's minor version that has {@link #PRUNE}. */
  private static final int PRUNE_MINOR = 45;

  private static final int HEADER = 16;
  private static final int BODY = HEADER;

  /** The kernel's {@code FUSE_NAME_MAX}. */
  private static final int NAME_MAX = 1024;

  private static final int CAPACITY = HEADER + 24 + NAME_MAX + 1;

  /** How many nodes fit into one notice to prune them. */
  private static final int PRUNED = (CAPACITY - BODY - 16) / Long.BYTES;

  private final Device device;
  private final int minor;
  private final ThreadLocal<Pointer> memory =
      ThreadLocal.withInitial(() -> Posix.allocate(CAPACITY));

  /**
   * @param minor the protocol's version is 7.{@code minor}
   */
  Notices(Device device, int minor) {
    this.device = device;
    this.minor = minor;
  }

  @Override
  public void invalidateEntry(long parent, String name) {
    byte[] bytes = FileNames.encode(name);
    if (bytes.length > NAME_MAX) {
      return;
    }
    Pointer message = memory.get();
    message.putLong(BODY, parent);
    message.putInt(BODY + 8, bytes.length);
    message.putInt(BODY + 12, 0);
    message.put(BODY + 16, bytes, 0, bytes.length);
    message.putByte(BODY + 16 + bytes.length, (byte) 0);
    send(message, INVAL_ENTRY, BODY + 16 + bytes.length + 1);
  }

  /** From byte 0, with no length: all of it. */
  @Override
  public void invalidateNode(long node) {
    invalidate(node, 0);
  }

  /**
   * The node's attributes may have changed, its content not. Alone of all notices it may be given
   * inside a request: the kernel waits for nothing to take it.
   */
  void invalidateAttributes(long node) {
    invalidate(node, -1);
  }

  private void invalidate(long node, long from) {
    Pointer message = memory.get();
    message.putLong(BODY, node);
    message.putLong(BODY + 8, from);
    message.putLong(BODY + 16, 0);
    send(message, INVAL_INODE, BODY + 24);
  }

  /**
   * Before 7.45 there is no such notice, but an entry that is invalid goes, unless it is in use. A
   * directory's is left alone: it would take the path away from who works in there.
   */
  @Override
  public void prune(Collection<NamedNode> nodes) {
    if (minor < PRUNE_MINOR) {
      for (NamedNode node : nodes) {
        if (!node.directory()) {
          invalidateEntry(node.parent(), node.name());
        }
      }
      return;
    }
    Pointer message = memory.get();
    int count = 0;
    for (NamedNode node : nodes) {
      message.putLong(BODY + 16 + (long) Long.BYTES * count++, node.node());
      if (count == PRUNED) {
        prune(message, count);
        count = 0;
      }
    }
    if (count > 0) {
      prune(message, count);
    }
  }

  private void prune(Pointer message, int count) {
    message.putInt(BODY, count);
    message.putInt(BODY + 4, 0);
    message.putLong(BODY + 8, 0);
    send(message, PRUNE, BODY + 16 + count * Long.BYTES);
  }

  private void send(Pointer message, int code, int length) {
    message.putInt(0, length);
    message.putInt(4, code);
    message.putLong(8, 0);
    try {
      device.send(message, length);
    } catch (ErrnoException e) {
      // A parent that is no directory (any more) has no entries.
      if (e.errno() != Errno.ENOTDIR) {
        LOG.warn("The kernel did not take a notice: {}", e.getMessage());
      }
    }
  }
}
