/**
 * What a simulated host is made of: a disk that forgets what was not synced, moments at which the
 * others get their turn, and the mistakes that can be planted. Nothing here knows the replica.
 */
package io.trifold.simulation.machine;
