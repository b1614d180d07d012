/**
 * The rule language: which kind of storage each path of an application is bound to.
 *
 * <p>Here live the parser, the automaton that a rule set is compiled into, the presets, and the
 * text form of file names ({@link io.trifold.rules.FileNames}). Pure logic: the only input is rule
 * files. What never lives here: knowledge of a mount, of a queue, or of where bytes are kept.
 */
package io.trifold.rules;
