package io.trifold.config;

/** Who looks at the schedule once a minute. */
enum CronChoice {
  /** The system's Cron, by {@code trifold cron}. */
  SYSTEM,
  DAEMON
}
