package io.trifold.queue;

import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Under which name a mount takes part in the farm.
 *
 * @param host its name: 1 to 64 letters, digits, {@code .}, {@code _} and {@code -}, the first a
 *     letter or digit
 * @param incarnation made with the state directory and kept in it: a host whose state was reset is
 *     another incarnation
 * @param session new for each start of the process
 * @param mode primary, replica or auto
 * @param root where it is mounted
 */
public record Membership(String host, UUID incarnation, UUID session, String mode, String root) {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /**
   * @throws IllegalArgumentException with one clear line if the host's name is not one
   */
  public Membership {
    if (!isHostName(host)) {
      throw new IllegalArgumentException(
          "host name \""
              + host
              + "\": a name has 1 to 64 letters, digits, '.', '_' and '-', the first a letter or"
              + " digit");
    }
  }

  static boolean isHostName(String name) {
    return HOST.matcher(name).matches();
  }
}
