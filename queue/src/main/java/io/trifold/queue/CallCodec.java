package io.trifold.queue;

import io.trifold.rules.FileNames;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The canonical bytes of a call: what is signed. As {@link EventCodec}; the first bytes tell the
 * two apart, so that a signature of one is none of the other.
 *
 * <pre>
 * call = "TFC" version:u8(1) id:16 name:text submitter:text after:u64 issued:u64
 *        timeout:u64 arguments:u16 (name:text value:text)[arguments] data:u32 bytes
 *        hosts:u16 text[hosts]
 * </pre>
 */
final class CallCodec {
  private static final int MAGIC = 'T' << 24 | 'F' << 16 | 'C' << 8 | 1;
  private static final int MAX_NAME = 64;
  private static final int MAX_VALUE = 4096;
  private static final long LONGEST_MILLIS = Duration.ofDays(7).toMillis();

  private CallCodec() {}

  /**
   * The call's bytes.
   *
   * @throws IllegalArgumentException in words for a user, if it would not be read as the same again
   */
  static byte[] encode(Call call) {
    Encoder out = new Encoder();
    out.putInt(MAGIC);
    out.putId(call.id());
    out.putText(call.name());
    out.putText(call.submitter());
    out.putLong(call.after());
    out.putLong(call.issued().toEpochMilli());
    out.putLong(call.timeout().toMillis());
    out.putShort(call.arguments().size());
    new TreeMap<>(call.arguments())
        .forEach(
            (name, value) -> {
              out.putText(name);
              out.putText(value);
            });
    byte[] data = FileNames.encode(call.data());
    out.putInt(data.length);
    out.put(data);
    out.putShort(call.hosts().size());
    call.hosts().forEach(out::putText);
    byte[] bytes = out.bytes();
    try {
      if (!decode(bytes).equals(call)) {
        throw new IllegalArgumentException("it is no call that can be written");
      }
    } catch (MalformedEventException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return bytes;
  }

  static Call decode(byte[] bytes) throws MalformedEventException {
    Decoder in = new Decoder(ByteBuffer.wrap(bytes));
    if (in.getInt() != MAGIC) {
      throw new MalformedEventException("not a call of this version");
    }
    UUID id = in.getId();
    String name = in.getText(MAX_NAME);
    String submitter = in.getText(MAX_NAME);
    long after = in.getLong();
    long issued = in.getLong();
    long timeout = in.getLong();
    if (!Call.isName(name) || !Membership.isHostName(submitter)) {
      throw new MalformedEventException("not the name of a call or a host");
    }
    if (after < 0 || issued < 0) {
      throw new MalformedEventException("a number out of range");
    }
    if (timeout < 1 || timeout > LONGEST_MILLIS) {
      throw new MalformedEventException("a time limit out of 1 ms to 7 days");
    }
    Map<String, String> arguments = arguments(in);
    int length = in.getInt();
    if (length < 0 || length > 4 * Call.MAX_DATA) {
      throw new MalformedEventException("more than " + Call.MAX_DATA + " characters of data");
    }
    String data = FileNames.decode(in.getBytes(length));
    if (data.length() > Call.MAX_DATA) {
      throw new MalformedEventException("more than " + Call.MAX_DATA + " characters of data");
    }
    List<String> hosts = new ArrayList<>();
    for (int left = in.getShort(); left > 0; left--) {
      hosts.add(in.getText(MAX_NAME));
    }
    in.end();
    return new Call(
        id,
        name,
        submitter,
        after,
        Instant.ofEpochMilli(issued),
        Duration.ofMillis(timeout),
        arguments,
        data,
        hosts);
  }

  private static Map<String, String> arguments(Decoder in) throws MalformedEventException {
    Map<String, String> arguments = new TreeMap<>();
    String last = "";
    for (int left = in.getShort(); left > 0; left--) {
      String name = in.getText(MAX_NAME);
      if (!Call.isName(name) || name.compareTo(last) <= 0) {
        throw new MalformedEventException("\"" + name + "\" is not the name of an argument");
      }
      arguments.put(name, in.getText(MAX_VALUE));
      last = name;
    }
    return arguments;
  }
}
