package io.trifold.queue;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The extended attributes of a file or directory that travel, and its access control lists.
 *
 * @param values by name; a value is the text of its bytes, as {@link io.trifold.rules.FileNames}
 *     has it
 * @param access who may use it; not empty only if the mode does not say it all
 * @param inherited of a directory, the list that what is made in it gets
 */
public record Xattrs(SortedMap<String, String> values, Acl access, Acl inherited) {
  /** None at all, as nearly every file has it. */
  public static final Xattrs NONE = new Xattrs(new TreeMap<>(), Acl.NONE, Acl.NONE);

  /** All names and values of one file together have no more bytes. */
  public static final int MAX_BYTES = 1 << 20;

  private static final String USER = "user.";
  private static final String OWN = "user.trifold.";
  private static final String CAPABILITY = "security.capability";

  /**
   * @throws IllegalArgumentException if a name is not of those that travel
   */
  public Xattrs {
    for (String name : values.keySet()) {
      if (!travels(name)) {
        throw new IllegalArgumentException("an extended attribute that does not travel: " + name);
      }
    }
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  public Xattrs(Map<String, String> values, Acl access, Acl inherited) {
    this(new TreeMap<>(values), access, inherited);
  }

  /**
   * Whether an attribute of this name travels: those of users, and the capabilities of a program,
   * which are to it what the set-id bits of its mode are. What else is in {@code security} and
   * {@code trusted} is the host's own: labels, checksums, what other filesystems keep there.
   */
  public static boolean travels(String name) {
    return (name.startsWith(USER) && name.length() > USER.length() && !name.startsWith(OWN))
        || name.equals(CAPABILITY);
  }

  /** Whether there is none at all. */
  public boolean isEmpty() {
    return values.isEmpty() && access.isEmpty() && inherited.isEmpty();
  }

  /** Their bytes, as the log has them. */
  public byte[] encode() {
    Encoder out = new Encoder();
    XattrCodec.encode(out, this);
    return out.bytes();
  }

  /**
   * What {@link #encode} wrote.
   *
   * @throws IllegalArgumentException if this is not that
   */
  public static Xattrs decode(byte[] bytes) {
    Decoder in = new Decoder(ByteBuffer.wrap(bytes));
    try {
      Xattrs xattrs = XattrCodec.decode(in);
      in.end();
      return xattrs;
    } catch (MalformedEventException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
