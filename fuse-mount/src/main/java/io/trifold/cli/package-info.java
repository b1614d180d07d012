/**
 * The {@code trifold} command: arguments in, lines and exit codes out. 0 is success, 1 a failure, 2
 * wrong usage; an error is one line on standard error.
 *
 * <p>Short commands must start fast: nothing here touches the log, the database's driver or native
 * code unless the command needs it. What never lives here: logic.
 */
package io.trifold.cli;
