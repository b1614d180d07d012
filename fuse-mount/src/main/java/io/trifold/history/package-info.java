/**
 * What a mount does for {@code trifold history}, {@code restore} and {@code conflicts}: looks into
 * the log's history, plans what brings a path back, and has the replica append it. What never lives
 * here: the disk; what is brought back travels as any change does, to this host as to the others.
 */
package io.trifold.history;
