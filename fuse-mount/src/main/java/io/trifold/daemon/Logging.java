package io.trifold.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;

/**
 * Where the log goes: to standard error, or once {@link #toFile} was called to a file. In Java, as
 * to read the same from an XML file takes a tenth of the time that a mount takes to start. {@code
 * TRIFOLD_LOG_LEVEL} is the level.
 */
public final class Logging extends ContextAwareBase implements Configurator {
  private static final String FILE = "trifold.log";
  private static final String LEVEL = "TRIFOLD_LOG_LEVEL";
  private static final long LARGEST_FILE = 10 * FileSize.MB_COEFFICIENT;
  private static final int OLDER_FILES = 4;

  /** For logback, which finds it as a service. */
  public Logging() {}

  /** To be called before the first logger is made. */
  static void toFile(Path file) {
    System.setProperty(FILE, file.toString());
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    // Talkative at the level that our own parts need.
    context.getLogger("com.zaxxer.hikari").setLevel(Level.WARN);
    context.getLogger("org.flywaydb").setLevel(Level.WARN);
    context.getLogger("org.postgresql").setLevel(Level.WARN);
    String file = System.getProperty(FILE);
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.toLevel(System.getenv(LEVEL), Level.INFO));
    root.addAppender(file == null ? console(context) : file(context, file));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static OutputStreamAppender<ILoggingEvent> console(LoggerContext context) {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setTarget("System.err");
    return started(appender, context, "%d{HH:mm:ss.SSS} %-5level %logger{0}: %msg%n%ex{full}");
  }

  /** At most 50 MB. */
  private static OutputStreamAppender<ILoggingEvent> file(LoggerContext context, String file) {
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setFile(file);
    FixedWindowRollingPolicy rolling = new FixedWindowRollingPolicy();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(file.replace("%", "\\%") + ".%i");
    rolling.setMinIndex(1);
    rolling.setMaxIndex(OLDER_FILES);
    rolling.start();
    SizeBasedTriggeringPolicy<ILoggingEvent> trigger = new SizeBasedTriggeringPolicy<>();
    trigger.setContext(context);
    trigger.setMaxFileSize(new FileSize(LARGEST_FILE));
    trigger.start();
    appender.setRollingPolicy(rolling);
    appender.setTriggeringPolicy(trigger);
    return started(
        appender,
        context,
        "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0}: %msg%n%ex{full}");
  }

  private static OutputStreamAppender<ILoggingEvent> started(
      OutputStreamAppender<ILoggingEvent> appender, LoggerContext context, String pattern) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    encoder.start();
    appender.setContext(context);
    appender.setName("out");
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }
}
