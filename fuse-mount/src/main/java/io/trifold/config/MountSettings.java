package io.trifold.config;

import io.trifold.farm.FarmSettings;
import io.trifold.queue.QueueSettings;
import io.trifold.replica.Upkeep;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Everything about one mount.
 *
 * @param root the application's directory: absolute, without symlinks
 * @param rules a rule file, absolute, or {@code preset:NAME}
 * @param remote the root of the shared storage; absolute
 * @param queue the farm's database; none for the embedded one
 * @param host this host's name in its farm
 * @param state the directory of this machine's state; absolute
 * @param logs about the lines of logs
 * @param farmKey the file of the farm's key; absolute
 * @param farm what this host does in its farm beside its files
 * @param upkeep how the replica looks after itself
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
    AclChoice acl,
    IoUringChoice ioUring,
    LogChoices logs,
    Path farmKey,
    FarmSettings farm,
    Upkeep upkeep) {}
