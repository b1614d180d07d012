package io.trifold.queue;

import io.trifold.rules.FileNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The canonical bytes of {@link Xattrs}.
 *
 * <pre>
 * xattrs = count:u16 (name:text length:u32 bytes)[count] acl acl
 * acl    = count:u16 (tag:u8 name:text permissions:u8)[count]
 * </pre>
 */
final class XattrCodec {
  private static final int MAX_NAME = 255;
  private static final int MAX_VALUE = 64 * 1024;
  private static final int MAX_OWNER = 255;

  private XattrCodec() {}

  static void encode(Encoder out, Xattrs xattrs) {
    out.putShort(xattrs.values().size());
    for (Map.Entry<String, String> attribute : xattrs.values().entrySet()) {
      byte[] value = FileNames.encode(attribute.getValue());
      out.putText(attribute.getKey());
      out.putInt(value.length);
      out.put(value);
    }
    encode(out, xattrs.access());
    encode(out, xattrs.inherited());
  }

  private static void encode(Encoder out, Acl acl) {
    out.putShort(acl.entries().size());
    for (Acl.Entry entry : acl.entries()) {
      out.putByte(entry.tag().code());
      out.putText(entry.name());
      out.putByte(entry.permissions());
    }
  }

  static Xattrs decode(Decoder in) throws MalformedEventException {
    int count = in.getShort();
    TreeMap<String, String> values = new TreeMap<>();
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      String name = in.getText(MAX_NAME);
      int length = in.getInt();
      bytes += name.length() + length;
      if (length < 0 || length > MAX_VALUE || bytes > Xattrs.MAX_BYTES) {
        throw new MalformedEventException("an extended attribute that is too long");
      }
      if (name.indexOf('\0') >= 0 || (i > 0 && values.lastKey().compareTo(name) >= 0)) {
        throw new MalformedEventException("names of extended attributes that are out of order");
      }
      values.put(name, FileNames.decode(in.getBytes(length)));
    }
    try {
      return new Xattrs(values, decodeAcl(in), decodeAcl(in));
    } catch (IllegalArgumentException e) {
      throw new MalformedEventException(e.getMessage());
    }
  }

  private static Acl decodeAcl(Decoder in) throws MalformedEventException {
    int count = in.getShort();
    List<Acl.Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(new Acl.Entry(Acl.Tag.of(in.getByte()), in.getText(MAX_OWNER), in.getByte()));
    }
    Acl acl = new Acl(entries);
    if (!acl.entries().equals(entries)) {
      throw new MalformedEventException("an access control list that is out of order");
    }
    return acl;
  }
}
