package io.trifold.logs;

import java.util.Map;

/**
 * How a mount's logs do; the counts are of lines, since the mount began.
 *
 * @param open how many are open
 * @param written by this host's writers
 * @param toSyslog sent there
 * @param toCloud sent to the other hosts
 * @param fromCloud of other hosts, appended here
 * @param unclaimed of other hosts, for logs that are not active here
 * @param missed batches that were gone from the database before they were read
 * @param dropped found the spool full
 * @param refused writes that were refused as the spool was full
 * @param spooled bytes that wait for some target
 * @param spoolLimit how many may
 * @param problems what is wrong, by what it is about
 */
public record LogStatus(
    int open,
    long written,
    long toSyslog,
    long toCloud,
    long fromCloud,
    long unclaimed,
    long missed,
    long dropped,
    long refused,
    long spooled,
    long spoolLimit,
    Map<String, String> problems) {}
