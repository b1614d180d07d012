package io.trifold.logs;

import io.trifold.logs.Spool.Outlet;
import io.trifold.rules.LogOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/** Takes lines from the spool to syslog. */
final class SyslogPump implements Worker.Step, AutoCloseable {
  private static final long IDLE_MILLIS = 5_000;
  private static final long GROUP_MILLIS = 5;
  private static final int LONGEST_TAG = 48;

  private final SyslogAddress address;
  private final Spool spool;
  private final LogFiles files;
  private final String host;
  private final LogCounts counts;
  private final Spool.Reader reader;

  private Optional<Spooled> current = Optional.empty();

  /** How much of the current text is sent. */
  private int sent;

  /** Null where none is open. */
  private SyslogSender sender;

  SyslogPump(SyslogAddress address, Spool spool, LogFiles files, String host, LogCounts counts) {
    this.address = address;
    this.spool = spool;
    this.files = files;
    this.host = host;
    this.counts = counts;
    this.reader = spool.reader(Outlet.SYSLOG, spool.done(Outlet.SYSLOG));
  }

  @Override
  public boolean run() throws IOException, InterruptedException {
    if (current.isEmpty()) {
      current = reader.next();
      sent = 0;
    }
    if (current.isEmpty()) {
      spool.done(Outlet.SYSLOG, reader.passed());
      spool.await(reader.passed(), IDLE_MILLIS);
      Thread.sleep(GROUP_MILLIS);
      return false;
    }
    if (sender == null) {
      sender = SyslogSender.open(address);
    }
    try {
      send(current.get());
    } catch (IOException e) {
      close();
      throw e;
    }
    spool.done(Outlet.SYSLOG, current.get().lines().sequence());
    current = Optional.empty();
    return true;
  }

  private void send(Spooled entry) throws IOException {
    String path = entry.lines().path();
    LogOptions rule = files.rule(path).orElse(LogOptions.NONE);
    String tag = tag(rule, path);
    byte[] text = entry.lines().text();
    while (sent <= text.length) {
      int end = sent;
      while (end < text.length && text[end] != '\n') {
        end++;
      }
      byte[] line = Arrays.copyOfRange(text, sent, end + 1);
      line[line.length - 1] = '\n';
      byte[] tagged = LineFormat.tagged(line, host, rule.hostTag());
      sender.send(
          new SyslogMessage(
              rule.facility(),
              Severity.of(line),
              entry.lines().at(),
              host,
              tag,
              LineFormat.escaped(withoutEnd(tagged))));
      counts.toSyslog.incrementAndGet();
      sent = end + 1;
    }
  }

  private static byte[] withoutEnd(byte[] line) {
    int end = line.length;
    while (end > 0 && (line[end - 1] == '\n' || line[end - 1] == '\r')) {
      end--;
    }
    return Arrays.copyOf(line, end);
  }

  /** The rule's, or the log's name without its ending. */
  static String tag(LogOptions rule, String path) {
    if (!rule.tag().equals("-")) {
      return rule.tag();
    }
    String name = path.substring(path.lastIndexOf('/') + 1);
    int dot = name.lastIndexOf('.');
    String tag = (dot > 0 ? name.substring(0, dot) : name).replaceAll("[^!-~]|[\\[\\]:]", "_");
    return tag.substring(0, Math.min(tag.length(), LONGEST_TAG));
  }

  @Override
  public void close() throws IOException {
    if (sender != null) {
      sender.close();
      sender = null;
    }
  }
}
