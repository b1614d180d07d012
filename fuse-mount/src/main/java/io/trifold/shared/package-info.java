/**
 * The bulkhead between the mount and its shared storage, which may hang or be gone: every call on
 * it is made on a thread that may be given up, with a limit of time and of how many there are at
 * once; and while it is away calls fail without being made, until a look at it succeeds.
 *
 * <p>{@link io.trifold.shared.SharedRoot} is the door. What never lives here: rules, nodes, what
 * the calls are, and how the storage is told from another one ({@link
 * io.trifold.shared.SharedPlace}).
 *
 * <p>Locks: {@code Gate}'s, {@code Call}'s and {@code Held}'s are each held for a few steps in
 * memory, and never two of them at a time.
 */
package io.trifold.shared;
