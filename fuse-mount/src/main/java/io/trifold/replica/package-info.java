/**
 * A host's copy of the propagated paths, kept in step with the farm's log: capture of local changes
 * into the journal, upload and append; reading and applying what the other hosts appended.
 *
 * <p>It is level-based. The tree says which paths are <em>dirty</em>; capture compares what stands
 * there with the <em>index</em> (what was last in sync) and appends what differs. So every mixture
 * of creating, moving and deleting comes out right, a mark too many costs a look, and a scan of the
 * disk makes up for every mark that a crash took.
 *
 * <p>Three things are kept apart: what the log says ({@link io.trifold.queue.FarmLog}), what is on
 * disk ({@link io.trifold.replica.Disk}), what was last in sync ({@link
 * io.trifold.replica.IndexEntry} in the {@link io.trifold.replica.Journal}).
 *
 * <p>{@link io.trifold.replica.Replica} is the door. The workers ({@code Capture} with its {@code
 * Examiner} and {@code Delivery}, {@code Applier}, {@code Scan}, {@code Join}) are plain objects
 * that do one step when they are told to; the loops that {@code Replica} has its threads run tell
 * them. What never lives here: knowledge of FUSE messages; a clock, a disk or a database that is
 * not behind one of the small interfaces.
 */
package io.trifold.replica;
