package io.trifold.queue;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which database, and as whom.
 *
 * @param jdbcUrl {@code jdbc:postgresql://HOST[:PORT]/DATABASE[?…]}, as pgjdbc has it
 * @param user overrides the URL's, if given
 * @param password overrides the URL's, if given
 */
public record QueueSettings(String jdbcUrl, Optional<String> user, Optional<String> password) {
  private static final Pattern SECRET =
      Pattern.compile("((?:^|[?&])\\w*password=)[^&]*", Pattern.CASE_INSENSITIVE);
  private static final Pattern USER_INFO = Pattern.compile("//[^/@]*:[^/@]*@");

  public QueueSettings {
    Objects.requireNonNull(jdbcUrl, "jdbcUrl");
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(password, "password");
  }

  public QueueSettings(String jdbcUrl) {
    this(jdbcUrl, Optional.empty(), Optional.empty());
  }

  /** The URL as it may be shown: passwords masked. */
  public String shownUrl() {
    String url = SECRET.matcher(jdbcUrl).replaceAll("$1***");
    return USER_INFO.matcher(url).replaceAll("//***@");
  }

  @Override
  public String toString() {
    return shownUrl() + user.map(name -> " as " + name).orElse("");
  }
}
