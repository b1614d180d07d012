package io.trifold.queue;

import java.time.Instant;
import java.util.UUID;

/**
 * What the farm knows of a host.
 *
 * @param name unique in the farm
 * @param incarnation of its state directory
 * @param mode as the host gave it: primary, replica or auto
 * @param position up to which it said that it has applied the log
 * @param lastSeen when it last renewed its lease, by the database's clock
 * @param live whether its lease holds, by the database's clock
 * @param root where it is mounted on that host
 */
public record HostStatus(
    String name,
    UUID incarnation,
    String mode,
    long position,
    Instant lastSeen,
    boolean live,
    String root) {}
