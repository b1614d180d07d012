package io.trifold.inspect;

import io.trifold.farm.CallDeclaration;
import io.trifold.farm.CallDesk;
import io.trifold.farm.ControlFileOwner;
import io.trifold.fuse.Caller;
import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.QueueException;
import io.trifold.tree.VirtualNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /.trifold/call}: a control file for each call that this host declares. What is written to
 * one is handed in when it is closed, so that the close tells whether that went well; what becomes
 * of the call on the hosts it does not wait for.
 */
public final class CallFiles {
  private static final Logger log = LoggerFactory.getLogger(CallFiles.class);

  private CallFiles() {}

  /**
   * The directory.
   *
   * @throws IOException in words for a user, if one is to belong to a user who does not exist
   */
  public static VirtualNode directory(CallDesk desk) throws IOException, InterruptedException {
    Map<String, VirtualNode> files = new TreeMap<>();
    for (CallDeclaration call : desk.declared().values()) {
      ControlFileOwner owner = ControlFileOwner.of(call);
      VirtualNode.Access access =
          new VirtualNode.Access(owner.uid(), owner.gid(), call.file().mode());
      files.put(call.name(), new ControlFile(call.name(), desk, access));
    }
    return VirtualNode.directory(files);
  }

  private record ControlFile(String name, CallDesk desk, VirtualNode.Access access)
      implements VirtualNode.File {
    @Override
    public boolean mayWait() {
      return true;
    }

    @Override
    public byte[] read(Caller caller) {
      return new byte[0];
    }

    @Override
    public void written(Caller caller, byte[] content) throws ErrnoException {
      try {
        desk.submitWritten(name, new String(content, StandardCharsets.UTF_8));
      } catch (CallDesk.RefusedException | QueueException.Refused e) {
        throw refused(Errno.EINVAL, e);
      } catch (QueueException e) {
        throw refused(Errno.EIO, e);
      } catch (InterruptedException e) {
        throw refused(Errno.EINTR, e);
      }
    }

    private ErrnoException refused(int errno, Exception e) {
      log.warn("/.trifold/call/{}: {}", name, e.getMessage());
      return new ErrnoException(errno, name + ": " + e.getMessage());
    }
  }
}
