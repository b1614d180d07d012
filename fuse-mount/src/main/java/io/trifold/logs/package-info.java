/**
 * Routes the lines of log files: into the file itself, to syslog, and to the same file on the other
 * hosts.
 *
 * <p>The way of a line: {@link io.trifold.logs.LogRouter} is told of each open of a log; what is
 * written comes to a {@code LogHandle}, which cuts it into lines; the {@code LogFile} appends them,
 * tagged, and keeps in the {@code Spool} what is to go further; {@code CloudSender}, {@code
 * CloudReceiver} and {@code SyslogPump} are the threads that take it there and bring what others
 * sent. What never lives here: FUSE messages, SQL.
 *
 * <p>Locks, in the order in which they are taken: a {@code LogHandle}'s own, a {@code LogFile}'s,
 * the {@code Spool}'s. None is held while the database or a collector is waited for.
 */
package io.trifold.logs;
