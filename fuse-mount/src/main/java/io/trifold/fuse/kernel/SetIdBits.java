package io.trifold.fuse.kernel;

import io.trifold.fuse.AttributeChange;
import io.trifold.fuse.Attributes;
import io.trifold.fuse.Caller;
import io.trifold.fuse.FuseOperations;
import io.trifold.posix.ErrnoException;

/**
 * Who writes to a set-user-id file without the privilege to make one takes the bit from it. With
 * {@link Agreement#HANDLE_KILLPRIV_V2} that is the daemon's to do: the kernel says when. It cannot
 * say so of a write in passthrough, so that a file that has such bits is never opened for that; see
 * {@link Backings}. ({@code security.capability} is taken away by the filesystem below, on any
 * write.)
 */
final class SetIdBits {
  private static final int SET_UID = 0x800;
  private static final int SET_GID = 0x400;
  private static final int GROUP_EXECUTE = 0x8;

  private final FuseOperations operations;
  private final Notices notices;

  SetIdBits(FuseOperations operations, Notices notices) {
    this.operations = operations;
    this.notices = notices;
  }

  /** Whether a write would have to clear bits of this mode. */
  static boolean in(int mode) {
    return kept(mode) != mode;
  }

  /** Set-group-id without group execution is no privilege, but a mark for locking. */
  private static int kept(int mode) {
    int kept = mode & ~SET_UID;
    return (mode & GROUP_EXECUTE) == 0 ? kept : kept & ~SET_GID;
  }

  /** Clears what the node has, where the answer cannot tell the kernel of it. */
  void clear(Caller caller, long node, long handle) throws ErrnoException {
    Attributes before = operations.getattr(caller, node, handle);
    if (!clear(caller, node, before).equals(before)) {
      notices.invalidateAttributes(node);
    }
  }

  /**
   * Other changes of content than writes: the kernel does not say whether the caller may keep them.
   */
  void clearUnlessRoot(Caller caller, long node, long handle) throws ErrnoException {
    if (caller.uid() != 0) {
      clear(caller, node, handle);
    }
  }

  /** An ACL was set by who is not in the file's group: set-group-id does not survive that. */
  void clearSetGid(Caller caller, long node) throws ErrnoException {
    int mode = operations.getattr(caller, node, 0).stat().mode();
    if ((mode & SET_GID) != 0) {
      operations.setattr(caller, node, AttributeChange.ofMode(mode & ~SET_GID));
    }
  }

  /** Clears what these attributes have, and returns those after it. */
  Attributes clear(Caller caller, long node, Attributes attributes) throws ErrnoException {
    int mode = attributes.stat().mode();
    if (!attributes.stat().isRegular() || !in(mode)) {
      return attributes;
    }
    return operations.setattr(caller, node, AttributeChange.ofMode(kept(mode)));
  }
}
