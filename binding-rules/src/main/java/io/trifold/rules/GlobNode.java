package io.trifold.rules;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A node of the tree that the globs of a {@link RuleTree} are merged into: the globs that have the
 * same beginning share its nodes. As an automaton over the characters of one name it is
 * non-deterministic; {@link NameAutomaton} runs it. Written while the tree is built, only read
 * after.
 */
final class GlobNode {
  /** No entry of the tree: what {@link #target} is where no glob ends. */
  static final int NONE = -1;

  final int id;

  /** Whether it stays here on any character: it stands for {@code *}. */
  final boolean loops;

  /** The {@link PathNode} that a name leads to which ends here, or {@link #NONE}. */
  int target = NONE;

  // Most nodes have one child, reached by one character: that one needs no map.
  private int onlyChar = NONE;
  private GlobNode onlyCharNode;
  private Map<Integer, GlobNode> chars;
  private Map<CharSet, GlobNode> sets;
  private GlobNode any;
  private GlobNode run;

  GlobNode(int id, boolean loops) {
    this.id = id;
    this.loops = loops;
  }

  /** The child that {@code atom} leads to, made with {@code maker} if there is none. */
  GlobNode child(Atom atom, RuleTree.GlobMaker maker) {
    if (atom instanceof Atom.Char c) {
      return charChild(c.codePoint(), maker);
    }
    if (atom instanceof Atom.OneOf oneOf) {
      if (sets == null) {
        sets = new HashMap<>();
      }
      return sets.computeIfAbsent(oneOf.set(), set -> maker.make(false));
    }
    if (atom instanceof Atom.AnyChar) {
      any = any == null ? maker.make(false) : any;
      return any;
    }
    run = run == null ? maker.make(true) : run;
    return run;
  }

  private GlobNode charChild(int codePoint, RuleTree.GlobMaker maker) {
    if (chars != null) {
      return chars.computeIfAbsent(codePoint, c -> maker.make(false));
    }
    if (onlyCharNode == null) {
      onlyChar = codePoint;
      onlyCharNode = maker.make(false);
    }
    if (onlyChar == codePoint) {
      return onlyCharNode;
    }
    chars = new HashMap<>();
    chars.put(onlyChar, onlyCharNode);
    onlyCharNode = null;
    onlyChar = NONE;
    return charChild(codePoint, maker);
  }

  /** Adds this node, and the {@code *} that may follow it at once, to {@code nodes}. */
  void enter(IntSet.Builder nodes) {
    nodes.add(id);
    if (run != null) {
      nodes.add(run.id);
    }
  }

  /** Adds the nodes that are entered from here on {@code codePoint} to {@code nodes}. */
  void step(int codePoint, IntSet.Builder nodes) {
    if (loops) {
      nodes.add(id);
    }
    GlobNode next =
        chars != null ? chars.get(codePoint) : onlyChar == codePoint ? onlyCharNode : null;
    if (next != null) {
      next.enter(nodes);
    }
    if (any != null) {
      any.enter(nodes);
    }
    if (sets != null) {
      for (Map.Entry<CharSet, GlobNode> set : sets.entrySet()) {
        if (set.getKey().contains(codePoint)) {
          set.getValue().enter(nodes);
        }
      }
    }
  }

  /** Gives each range of characters that this node tells from others, as {@code {first, last}}. */
  void forEachRange(Consumer<int[]> action) {
    if (onlyCharNode != null) {
      action.accept(new int[] {onlyChar, onlyChar});
    }
    if (chars != null) {
      chars.keySet().forEach(c -> action.accept(new int[] {c, c}));
    }
    if (sets != null) {
      for (CharSet set : sets.keySet()) {
        int[] bounds = set.bounds();
        for (int i = 0; i < bounds.length; i += 2) {
          action.accept(new int[] {bounds[i], bounds[i + 1]});
        }
      }
    }
  }
}
