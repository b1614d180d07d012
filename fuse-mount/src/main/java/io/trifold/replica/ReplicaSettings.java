package io.trifold.replica;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * What a replica has to know of its mount.
 *
 * @param host this host's name in the farm
 * @param mode primary, replica or auto
 * @param root where it is mounted, for the farm's list of hosts
 * @param directory of the mount's state, which exists; the journal and the displaced files are kept
 *     in it
 * @param drain how long {@link Replica#close} tries to send what is left
 * @param upkeep how it looks after itself
 */
public record ReplicaSettings(
    String host, String mode, String root, Path directory, Duration drain, Upkeep upkeep) {
  /** With what is right for most. */
  public ReplicaSettings(String host, String mode, String root, Path directory, Duration drain) {
    this(host, mode, root, directory, drain, Upkeep.DEFAULT);
  }

  public ReplicaSettings {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(root, "root");
    Objects.requireNonNull(directory, "directory");
    Objects.requireNonNull(drain, "drain");
    Objects.requireNonNull(upkeep, "upkeep");
  }
}
