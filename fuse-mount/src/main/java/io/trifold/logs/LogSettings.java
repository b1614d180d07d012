package io.trifold.logs;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a mount's logs are made of.
 *
 * @param host this host's name in the farm
 * @param directory where they keep what is under way; made if it is not there
 * @param spoolLimit how many bytes may be under way
 * @param retention how long lines stay in the database
 * @param syslog where lines go that go to syslog
 */
public record LogSettings(
    String host, Path directory, long spoolLimit, Duration retention, SyslogAddress syslog) {}
