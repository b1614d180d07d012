package io.trifold.inspect;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * What does not change as long as a mount lives.
 *
 * @param root where it is mounted
 * @param host this host's name in the farm
 * @param mode primary, replica or auto
 * @param rules the rule file, or {@code preset:NAME}
 * @param remote the root of the shared storage; none if no rule is remote
 * @param queue the database as it may be shown: without secrets
 * @param since when the mount was begun
 */
public record MountFacts(
    Path root,
    String host,
    String mode,
    String rules,
    Optional<Path> remote,
    String queue,
    Instant since) {}
