package io.trifold.replica;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.PinnedFile;
import io.trifold.posix.Posix;
import io.trifold.posix.Stat;
import io.trifold.queue.Acl;
import io.trifold.queue.Xattrs;
import io.trifold.rules.FileNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and sets the extended attributes and access control lists of what is on disk. What a
 * filesystem here cannot hold is taken to be as the log has it. Thread-safe.
 */
final class DiskXattrs {
  private static final Logger LOG = LoggerFactory.getLogger(DiskXattrs.class);
  private static final String ACCESS = "system.posix_acl_access";
  private static final String INHERITED = "system.posix_acl_default";
  private static final String CAPABILITY = "security.capability";
  private static final String PROBE = "user.trifold.probe";
  private static final boolean ROOT = Posix.effectiveUid() == 0;

  private final AclForm acls;

  /** By device. */
  private final Map<Long, Support> supports = new ConcurrentHashMap<>();

  DiskXattrs(Owners owners) {
    acls = new AclForm(owners);
  }

  /** What a filesystem can hold. */
  private record Support(boolean user, boolean acl) {}

  private Support support(PinnedFile file, Stat stat) {
    return supports.computeIfAbsent(
        stat.device(),
        device -> {
          Support support = new Support(holds(file, PROBE), holds(file, ACCESS));
          if (!support.user || !support.acl) {
            LOG.warn(
                "a filesystem of the root holds no {}: they stay in the log, and go on to other"
                    + " hosts",
                support.user ? "access control lists" : "extended attributes of users");
          }
          return support;
        });
  }

  private static boolean holds(PinnedFile file, String name) {
    try {
      file.getXattr(name);
      return true;
    } catch (ErrnoException e) {
      return e.errno() != Errno.EOPNOTSUPP;
    }
  }

  /**
   * What travels of the file's attributes.
   *
   * @param path for a message
   * @param log what the log says they are
   */
  Xattrs read(String path, PinnedFile file, Stat stat, Xattrs log) throws ErrnoException {
    if (stat.isSymlink()) {
      return Xattrs.NONE;
    }
    List<String> names = names(file);
    if (names.isEmpty() && log.isEmpty()) {
      return Xattrs.NONE;
    }
    Map<String, String> values = new TreeMap<>();
    Acl access = Acl.NONE;
    Acl inherited = Acl.NONE;
    long bytes = 0;
    for (String name : names) {
      byte[] value = value(file, name);
      if (value == null) {
        continue;
      }
      if (name.equals(ACCESS)) {
        access = acl(name, value);
      } else if (name.equals(INHERITED)) {
        inherited = acl(name, value);
      } else {
        bytes += name.length() + value.length;
        if (bytes <= Xattrs.MAX_BYTES) {
          values.put(name, FileNames.decode(value));
        }
      }
    }
    if (bytes > Xattrs.MAX_BYTES) {
      LOG.warn(
          "{} has {} bytes of extended attributes: only {} of them travel, those that come first",
          path,
          bytes,
          Xattrs.MAX_BYTES);
    }
    return withWhatCannotBeHere(file, stat, log, values, access, inherited);
  }

  private Xattrs withWhatCannotBeHere(
      PinnedFile file,
      Stat stat,
      Xattrs log,
      Map<String, String> values,
      Acl access,
      Acl inherited) {
    if (log.isEmpty()) {
      return new Xattrs(values, access, inherited);
    }
    Support support = support(file, stat);
    log.values()
        .forEach(
            (name, value) -> {
              if (name.equals(CAPABILITY) ? !ROOT : !support.user) {
                values.put(name, value);
              }
            });
    return new Xattrs(
        values,
        support.acl ? acls.withStrangers(access, log.access()) : log.access(),
        support.acl ? acls.withStrangers(inherited, log.inherited()) : log.inherited());
  }

  /** The names that matter here. */
  private static List<String> names(PinnedFile file) throws ErrnoException {
    byte[] list;
    try {
      list = file.listXattr();
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EOPNOTSUPP) {
        return List.of();
      }
      throw e;
    }
    if (list.length == 0) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    for (String name : new String(list, StandardCharsets.ISO_8859_1).split("\0", -1)) {
      boolean given = Xattrs.travels(name) && (ROOT || !name.equals(CAPABILITY));
      if (given || name.equals(ACCESS) || name.equals(INHERITED)) {
        names.add(FileNames.decode(name.getBytes(StandardCharsets.ISO_8859_1)));
      }
    }
    return names;
  }

  /** Null if it is gone by now. */
  private static byte[] value(PinnedFile file, String name) throws ErrnoException {
    try {
      return file.getXattr(name);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENODATA || e.errno() == Errno.EOPNOTSUPP) {
        return null;
      }
      throw e;
    }
  }

  private Acl acl(String name, byte[] value) throws ErrnoException {
    try {
      return acls.read(value);
    } catch (IllegalArgumentException e) {
      throw new ErrnoException(Errno.EINVAL, name + ": " + e.getMessage());
    }
  }

  /** Makes them what they should be; what is as it should be is not touched. */
  void write(PinnedFile file, Stat stat, Xattrs wanted) throws ErrnoException {
    if (stat.isSymlink()) {
      return;
    }
    Map<String, byte[]> values = new TreeMap<>();
    wanted.values().forEach((name, value) -> values.put(name, FileNames.encode(value)));
    if (!wanted.access().isEmpty()) {
      values.put(ACCESS, acls.write(wanted.access()));
    }
    if (!wanted.inherited().isEmpty()) {
      values.put(INHERITED, acls.write(wanted.inherited()));
    }
    for (String name : names(file)) {
      if (!values.containsKey(name)) {
        remove(file, name);
      } else if (Arrays.equals(values.get(name), value(file, name))) {
        values.remove(name);
      }
    }
    if (values.isEmpty()) {
      return;
    }
    Support support = support(file, stat);
    for (Map.Entry<String, byte[]> value : values.entrySet()) {
      String name = value.getKey();
      boolean acl = name.equals(ACCESS) || name.equals(INHERITED);
      boolean held = acl ? support.acl : name.equals(CAPABILITY) ? ROOT : support.user;
      if (held) {
        set(file, name, value.getValue());
      }
    }
  }

  private static void remove(PinnedFile file, String name) throws ErrnoException {
    try {
      file.removeXattr(name);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ENODATA) {
        throw e;
      }
    }
  }

  private static void set(PinnedFile file, String name, byte[] value) throws ErrnoException {
    try {
      file.setXattr(name, value, 0);
    } catch (ErrnoException e) {
      throw new ErrnoException(
          e.errno(), "the extended attribute " + name + " of " + value.length + " bytes");
    }
  }
}
