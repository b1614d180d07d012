/**
 * What an operator has a mount's replica do: verify and mend, go on after a safety stop, pass over
 * an event that cannot be trusted. Each is a {@link io.trifold.control.ControlCommand} that the
 * daemon registers.
 *
 * <p>What never lives here: how it is done, which is the replica's; what the command line looks
 * like.
 */
package io.trifold.upkeep;
