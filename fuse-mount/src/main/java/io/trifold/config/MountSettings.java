package io.trifold.config;

import io.trifold.queue.QueueSettings;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * Everything about one mount.
 *
 * @param root the application's directory: absolute, without symlinks
 * @param rules a rule file, absolute, or {@code preset:NAME}
 * @param remote the root of the shared storage; absolute
 * @param queue the farm's database; none for the embedded one
 * @param host this host's name in its farm
 * @param state the directory of this machine's state; absolute
 * @param farmKey the file of the farm's key; absolute
 */
public record MountSettings(
    Path root,
    String rules,
    Path remote,
    Optional<QueueSettings> queue,
    String host,
    Path state,
    Mode mode,
    TransportChoice transport,
    Path farmKey) {

  /**
   * Writes all of it, secrets too, for {@link #read}: the way from the command to its daemon, which
   * goes through a pipe since arguments and environments can be looked at.
   */
  public void write(Writer out) throws IOException {
    Properties all = new Properties();
    all.setProperty("root", root.toString());
    all.setProperty("rules", rules);
    all.setProperty("remote", remote.toString());
    queue.ifPresent(
        database -> {
          all.setProperty("queue", database.jdbcUrl());
          database.user().ifPresent(user -> all.setProperty("queue-user", user));
          database.password().ifPresent(secret -> all.setProperty("queue-password", secret));
        });
    all.setProperty("host", host);
    all.setProperty("state", state.toString());
    all.setProperty("mode", mode.name());
    all.setProperty("transport", transport.name());
    all.setProperty("farm-key", farmKey.toString());
    all.store(out, null);
  }

  /** Reads what {@link #write} wrote. */
  public static MountSettings read(Reader in) throws IOException {
    Properties all = new Properties();
    all.load(in);
    return new MountSettings(
        Path.of(all.getProperty("root")),
        all.getProperty("rules"),
        Path.of(all.getProperty("remote")),
        Optional.ofNullable(all.getProperty("queue"))
            .map(
                url ->
                    new QueueSettings(
                        url,
                        Optional.ofNullable(all.getProperty("queue-user")),
                        Optional.ofNullable(all.getProperty("queue-password")))),
        all.getProperty("host"),
        Path.of(all.getProperty("state")),
        Mode.valueOf(all.getProperty("mode")),
        TransportChoice.valueOf(all.getProperty("transport")),
        Path.of(all.getProperty("farm-key")));
  }
}
