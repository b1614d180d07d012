/**
 * The replica's real workers, two to five hosts of them, and a model of the log, in one thread:
 * clock, disk, network, crashes and callers are simulated, and one number decides all that happens.
 *
 * <ul>
 *   <li>{@link io.trifold.simulation.World} gives everybody turns. Whatever a process does on disk,
 *       journal or log, others can overtake it just before, three deep, and it can die there.
 *   <li>{@link io.trifold.simulation.Callers} are the programs; {@link io.trifold.simulation.Audit}
 *       writes down what they did, sees what the replica does, reads the log, and says {@link
 *       io.trifold.simulation.Violation} when something does not hold that must always hold.
 *   <li>{@link io.trifold.simulation.Simulation} runs schedules and shortens those that fail.
 *   <li>{@code io.trifold.simulation.machine} is what a host is made of; {@code
 *       io.trifold.replica.SteppedReplica}, {@code SimulatedDisk} and {@code MemoryJournal} put the
 *       workers upon it.
 * </ul>
 *
 * <p>To keep it true:
 *
 * <ul>
 *   <li>A new operation of {@code Disk}: implement it in {@code SimulatedDisk}: {@code
 *       moments.pass} first, then the effect on {@link io.trifold.simulation.machine.Filesystem},
 *       then the witness if a path that callers see changes. If it changes an inode or a name, the
 *       file system notes it as pending, so that a loss of power can drop it.
 *   <li>A new field of the journal: in {@code MemoryJournal}; {@code JournalsTest} fails as long as
 *       it differs from SQLite.
 *   <li>A new operation of {@code FarmLog}: in {@link io.trifold.simulation.LogModel}, through
 *       {@code call}, as {@code trifold.append} and its neighbours do it.
 *   <li>A new worker or a new turn of {@code Replica}'s loops: in {@code SteppedReplica}, and a
 *       turn in {@code World.turnOfAnybody}.
 *   <li>A new thing that callers can do: a case in {@code Callers.change}; what it makes of a path
 *       is told to {@code Audit.made}.
 *   <li>A new promise: a rule in {@code Violation}, its check in {@code Audit}, and a flaw in
 *       {@link io.trifold.simulation.machine.Flaw} that breaks it.
 * </ul>
 */
package io.trifold.simulation;
