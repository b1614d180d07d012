package io.trifold.queue;

import org.flywaydb.core.api.logging.Log;
import org.flywaydb.core.api.logging.LogCreator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Flyway's log without its banner and advertisements. Public because Flyway makes it by name. */
@SuppressWarnings("deprecation")
public final class MigrationLog implements LogCreator {
  @Override
  public Log createLogger(Class<?> source) {
    Logger log = LoggerFactory.getLogger(source);
    return new Log() {
      @Override
      public boolean isDebugEnabled() {
        return log.isDebugEnabled();
      }

      @Override
      public void debug(String message) {
        log.debug("{}", message);
      }

      @Override
      public void info(String message) {
        log.debug("{}", message);
      }

      @Override
      public void notice(String message) {
        log.debug("{}", message);
      }

      @Override
      public void warn(String message) {
        log.debug("{}", message);
      }

      /** What fails is thrown as well, and told once, by who catches it. */
      @Override
      public void error(String message) {
        log.debug("{}", message);
      }

      @Override
      public void error(String message, Exception e) {
        log.debug("{}", message, e);
      }
    };
  }
}
