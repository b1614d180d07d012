/**
 * What the hosts of a farm do together beside its files: calls, and the schedule.
 *
 * <p>An operation is declared on each host that runs it, in that host's own settings; what comes
 * from the database or an application only names it, and gives arguments that the declaration
 * allows. Programs are run from a list of words, as the user that was declared, on a {@linkplain
 * io.trifold.farm.Leash leash}: they do not outlive what entitles them to run.
 *
 * <p>What never lives here: FUSE messages, the tree, files of settings.
 */
package io.trifold.farm;
