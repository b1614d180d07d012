package io.trifold.rules;

import java.util.ArrayList;
import java.util.List;

/** The patterns of a rule set, merged by their beginnings: the source of its automata. */
final class RuleTree {

  /** Makes the nodes that a {@link GlobNode} lacks. */
  @FunctionalInterface
  interface GlobMaker {
    GlobNode make(boolean loops);
  }

  private final List<PathNode> pathNodes = new ArrayList<>();
  private final List<GlobNode> globNodes = new ArrayList<>();
  private final boolean literalsAsGlobs;
  private final PathNode root;

  private RuleTree(boolean literalsAsGlobs) {
    this.literalsAsGlobs = literalsAsGlobs;
    this.root = newPathNode(false);
  }

  /** The tree for matching: literal names are found by hash. */
  static RuleTree of(List<RuleReader.Parsed> rules) {
    return build(rules, new RuleTree(false));
  }

  /**
   * The tree for reasoning about all names: literal names are globs too, so that the nodes that a
   * name leads to are told by the {@link NameAutomaton} alone.
   */
  static RuleTree ofGlobs(List<RuleReader.Parsed> rules) {
    return build(rules, new RuleTree(true));
  }

  private static RuleTree build(List<RuleReader.Parsed> rules, RuleTree tree) {
    for (RuleReader.Parsed parsed : rules) {
      tree.insert(parsed.pattern(), parsed.rule().number(), parsed.rule().binding().side());
    }
    return tree;
  }

  /** Rules are inserted in the order of their numbers: the last is always the highest. */
  private void insert(Pattern pattern, int number, Side side) {
    PathNode node = root;
    for (Segment segment : pattern.segments()) {
      if (!(segment instanceof Segment.AnyDepth)) {
        node.goesOn(number, side);
      }
      node = node.child(segmentOf(segment), this);
    }
    node.ends(number, pattern.directoriesOnly());
  }

  /**
   * Where a pattern runs through the tree.
   *
   * @param pathNodes the path nodes on its way, the last one too
   * @param globNodes the glob nodes on its way
   * @param end the path node at which it ends
   */
  record Trace(IntSet pathNodes, IntSet globNodes, int end) {}

  /** The trace of a pattern that is in the tree. */
  Trace trace(Pattern pattern) {
    IntSet.Builder pathIds = new IntSet.Builder();
    IntSet.Builder globIds = new IntSet.Builder();
    PathNode node = root;
    pathIds.add(node.id);
    for (Segment segment : pattern.segments()) {
      if (segmentOf(segment) instanceof Segment.Glob glob) {
        GlobNode part = node.globs();
        globIds.add(part.id);
        for (Atom atom : glob.atoms()) {
          part = part.child(atom, this::newGlobNode);
          globIds.add(part.id);
        }
      }
      node = node.child(segmentOf(segment), this);
      pathIds.add(node.id);
    }
    return new Trace(pathIds.build(), globIds.build(), node.id);
  }

  private Segment segmentOf(Segment segment) {
    if (literalsAsGlobs && segment instanceof Segment.Literal literal) {
      return new Segment.Glob(literal.name().codePoints().<Atom>mapToObj(Atom.Char::new).toList());
    }
    return segment;
  }

  PathNode newPathNode(boolean loops) {
    PathNode node = new PathNode(pathNodes.size(), loops);
    pathNodes.add(node);
    return node;
  }

  GlobNode newGlobNode(boolean loops) {
    GlobNode node = new GlobNode(globNodes.size(), loops);
    globNodes.add(node);
    return node;
  }

  /**
   * The path node that the names of form {@code glob} lead to, where globs begin at {@code start}.
   */
  PathNode globChild(GlobNode start, Segment.Glob glob) {
    GlobNode node = start;
    for (Atom atom : glob.atoms()) {
      node = node.child(atom, this::newGlobNode);
    }
    if (node.target == GlobNode.NONE) {
      node.target = newPathNode(false).id;
    }
    return pathNodes.get(node.target);
  }

  /** The node of the root directory itself. */
  PathNode root() {
    return root;
  }

  /** All path nodes; each one's id is its index. */
  List<PathNode> pathNodes() {
    return pathNodes;
  }

  /** All glob nodes; each one's id is its index. */
  List<GlobNode> globNodes() {
    return globNodes;
  }
}
