package io.trifold.rules;

/**
 * A path's place in a rule set: what the automaton knows after it has read the path's components. A
 * state is immutable, safe for all threads, and shared by all paths that the rules cannot tell
 * apart. The root's alone goes along with what its rule set becomes.
 */
public interface RuleState {
  /** The state that this one is at the moment: of the root the immutable one, else this. */
  default RuleState now() {
    return this;
  }

  /**
   * The state of the entry {@code name} in the directory of this state. One step costs the same
   * however many rules there are.
   *
   * @param name one path component, as {@link FileNames} has it
   */
  RuleState step(String name);

  /** What decides if a file, a symlink or anything else but a directory stands here. */
  Decision file();

  /** What decides if a directory stands here; its own binding, and what its contents inherit. */
  Decision directory();

  /**
   * Whether a directory here may hold entries of both sides and must be merged from both. It never
   * says no wrongly.
   */
  boolean mixed();

  /**
   * Whether what decides for a directory here decides for everything in it. It never says yes
   * wrongly.
   */
  boolean settled();
}
