package io.trifold.config;

import java.util.Locale;
import java.util.Optional;

/** What can be set, by a flag, a variable of the environment, or a key in a file. */
public enum Setting {
  RULES,
  REMOTE,
  QUEUE,
  QUEUE_USER,
  /** The database's password; has no flag, since the flags of a process can be read by anyone. */
  QUEUE_PASSWORD,
  QUEUE_PASSWORD_FILE,
  HOST,
  STATE,
  MODE,
  TRANSPORT,
  ACL,
  IO_URING,
  SYSLOG,
  SYSLOG_CA,
  LOG_SPOOL,
  LOG_RETENTION,
  FARM_KEY,
  /** The file of the schedule's tasks. */
  TASKS,
  /** Who looks at the schedule once a minute. */
  CRON,
  /** Where balancers are answered: HOST:PORT. */
  HEALTH,
  /** How many events may be missing here, for requests to be sent here. */
  READY_LAG,
  /** How fast the verification in the background reads. */
  SCRUB_RATE,
  /** From how many percent missing on the host stops. */
  SAFETY_STOP,
  /** How many changes wait at most while the database is away. */
  JOURNAL_LIMIT;

  /** Its key in a file, such as {@code queue-user}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Its flag, such as {@code --queue-user}. */
  public String flag() {
    return "--" + key();
  }

  /** Its variable in the environment, such as {@code TRIFOLD_QUEUE_USER}. */
  public String variable() {
    return "TRIFOLD_" + name();
  }

  static Optional<Setting> ofKey(String key) {
    for (Setting setting : values()) {
      if (setting.key().equals(key)) {
        return Optional.of(setting);
      }
    }
    return Optional.empty();
  }
}
