package io.trifold.config;

import io.trifold.logs.SyslogAddress;
import java.time.Duration;

/**
 * What is set about the lines of logs.
 *
 * @param syslog where they go that go to syslog
 * @param spoolLimit how many bytes may wait for their targets
 * @param retention how long the database keeps them
 */
public record LogChoices(SyslogAddress syslog, long spoolLimit, Duration retention) {
  /** The defaults. */
  public static final LogChoices NONE =
      new LogChoices(SyslogAddress.SYSTEM, 256L << 20, Duration.ofDays(7));
}
