package io.trifold.rules;

import java.util.Set;

/**
 * What a rule says about the lines of its logs.
 *
 * @param targets where they go, where the file itself does not say it
 * @param hostTag where a line says which host it came from
 * @param facility the facility in syslog
 * @param tag the tag in syslog; {@code -} for the file's name
 * @param cloudAllowed whether the file itself may name the target {@code cloud}
 * @param dropping whether lines may be dropped that find the spool full
 */
public record LogOptions(
    Set<LogTarget> targets,
    HostTag hostTag,
    SyslogFacility facility,
    String tag,
    boolean cloudAllowed,
    boolean dropping) {
  /** Where a line says which host it came from. */
  public enum HostTag {
    /** Before it: {@code [HOST] TEXT}. */
    PREFIX,
    /** Behind it, as the last field of a tab-separated line: {@code TEXT<TAB>host=HOST}. */
    FIELD,
    /** Nowhere. */
    NONE
  }

  /** The defaults. */
  public static final LogOptions NONE =
      new LogOptions(Set.of(LogTarget.FILE), HostTag.PREFIX, SyslogFacility.USER, "-", true, false);

  /** The immutable targets are this record's own. */
  public LogOptions {
    targets = Set.copyOf(targets);
  }

  LogOptions withTargets(Set<LogTarget> value) {
    return new LogOptions(value, hostTag, facility, tag, cloudAllowed, dropping);
  }

  LogOptions withHostTag(HostTag value) {
    return new LogOptions(targets, value, facility, tag, cloudAllowed, dropping);
  }

  LogOptions withFacility(SyslogFacility value) {
    return new LogOptions(targets, hostTag, value, tag, cloudAllowed, dropping);
  }

  LogOptions withTag(String value) {
    return new LogOptions(targets, hostTag, facility, value, cloudAllowed, dropping);
  }

  LogOptions withCloudAllowed(boolean value) {
    return new LogOptions(targets, hostTag, facility, tag, value, dropping);
  }

  LogOptions withDropping(boolean value) {
    return new LogOptions(targets, hostTag, facility, tag, cloudAllowed, value);
  }
}
