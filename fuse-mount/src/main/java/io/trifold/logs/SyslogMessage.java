package io.trifold.logs;

import io.trifold.rules.SyslogFacility;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;

/**
 * A line as a message of syslog.
 *
 * @param host in the farm
 * @param tag who logs, printable and without blanks
 * @param text without control characters
 */
@SuppressWarnings("ArrayRecordComponent") // never compared by it, and never changed
record SyslogMessage(
    SyslogFacility facility, Severity severity, Instant at, String host, String tag, byte[] text) {
  private static final DateTimeFormatter RFC5424 =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter LOCAL =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ENGLISH);

  private int priority() {
    return facility.code() * 8 + severity.code();
  }

  /** As a collector takes it (RFC 5424); the text has no byte order mark, as it may be anything. */
  byte[] rfc5424() {
    return join("<" + priority() + ">1 " + RFC5424.format(at) + " " + host + " " + tag + " - - - ");
  }

  /** As the C library writes it to the system's own socket. */
  byte[] local(ZoneId zone) {
    return join("<" + priority() + ">" + LOCAL.format(at.atZone(zone)) + " " + tag + ": ");
  }

  private byte[] join(String head) {
    byte[] before = head.getBytes(StandardCharsets.UTF_8);
    byte[] message = Arrays.copyOf(before, before.length + text.length);
    System.arraycopy(text, 0, message, before.length, text.length);
    return message;
  }

  /** The octet-counted frame of a message (RFC 6587, RFC 5425). */
  static byte[] framed(byte[] message) {
    byte[] count = (message.length + " ").getBytes(StandardCharsets.US_ASCII);
    byte[] frame = Arrays.copyOf(count, count.length + message.length);
    System.arraycopy(message, 0, frame, count.length, message.length);
    return frame;
  }
}
