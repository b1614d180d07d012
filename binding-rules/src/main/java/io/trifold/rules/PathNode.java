package io.trifold.rules;

import java.util.HashMap;
import java.util.Map;

/**
 * A node of the tree that the patterns of a rule set are merged into, one level for each segment:
 * patterns that have the same beginning share its nodes. As an automaton over the names of a path
 * it is non-deterministic; {@link Automaton} runs it. Written while the tree is built, only read
 * after.
 */
final class PathNode {
  final int id;

  /** Whether it stays here on any name: it stands for {@code **}. */
  final boolean loops;

  /** The highest rule that ends here and matches files, or -1. */
  int fileRule = -1;

  /** The highest rule that ends here and matches directories, or -1; never below fileRule. */
  int directoryRule = -1;

  /** For each side, the highest rule of that side that goes on below this node, or -1. */
  private int applicationBelow = -1;

  private int sharedBelow = -1;

  private Map<String, PathNode> literals;
  private PathNode anyName;
  private PathNode anyDepth;

  /** Where the globs that go on from here begin, or null. */
  private GlobNode globs;

  PathNode(int id, boolean loops) {
    this.id = id;
    this.loops = loops;
  }

  /** The child that {@code segment} leads to, made with {@code tree} if there is none. */
  PathNode child(Segment segment, RuleTree tree) {
    if (segment instanceof Segment.AnyDepth) {
      anyDepth = anyDepth == null ? tree.newPathNode(true) : anyDepth;
      return anyDepth;
    }
    if (segment instanceof Segment.AnyName) {
      anyName = anyName == null ? tree.newPathNode(false) : anyName;
      return anyName;
    }
    if (segment instanceof Segment.Literal literal) {
      if (literals == null) {
        literals = new HashMap<>();
      }
      return literals.computeIfAbsent(literal.name(), name -> tree.newPathNode(false));
    }
    globs = globs == null ? tree.newGlobNode(false) : globs;
    return tree.globChild(globs, (Segment.Glob) segment);
  }

  /** Notes that rule {@code number}, the highest yet, goes on below this node by a name. */
  void goesOn(int number, Side side) {
    if (side == Side.SHARED) {
      sharedBelow = number;
    } else {
      applicationBelow = number;
    }
  }

  /** Notes that rule {@code number}, the highest yet, ends here. */
  void ends(int number, boolean directoriesOnly) {
    directoryRule = number;
    if (!directoriesOnly) {
      fileRule = number;
    }
  }

  /** The highest rule that goes on below this node, or -1. */
  int below() {
    return Math.max(applicationBelow, sharedBelow);
  }

  /** The highest rule of {@code side} that goes on below this node, or -1. */
  int below(Side side) {
    return side == Side.SHARED ? sharedBelow : applicationBelow;
  }

  /** The {@code **} that may follow at once, or null. */
  PathNode anyDepth() {
    return anyDepth;
  }

  /** Where the globs that go on from here begin, or null. */
  GlobNode globs() {
    return globs;
  }

  /** Adds the nodes that every name leads to from here to {@code nodes}. */
  void stepOnAnyName(IntSet.Builder nodes) {
    if (loops) {
      nodes.add(id);
    }
    if (anyName != null) {
      nodes.add(anyName.id);
    }
  }

  /** Adds the nodes that {@code name} leads to from here, save by globs, to {@code nodes}. */
  void step(String name, IntSet.Builder nodes) {
    stepOnAnyName(nodes);
    if (literals != null) {
      PathNode literal = literals.get(name);
      if (literal != null) {
        nodes.add(literal.id);
      }
    }
  }
}
