package io.trifold.rules;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Tells whether two rule sets bind every path to the same. The automata of both are followed
 * together, along one name for each kind of names that no pattern of either set tells apart. That
 * is exact; the length of the search is bounded.
 */
final class BindingComparison {
  /** How many steps by one character it may take. */
  private static final int LONGEST_SEARCH = 20_000_000;

  private final List<RuleReader.Parsed> beforeRules;
  private final List<RuleReader.Parsed> afterRules;
  private final Automaton before;
  private final Automaton after;
  private final Deque<Directory> open = new ArrayDeque<>();
  private final Set<Place> seen = new HashSet<>();
  private RuleTree tree;
  private NameAutomaton names;
  private int stepsLeft = LONGEST_SEARCH;

  BindingComparison(
      List<RuleReader.Parsed> beforeRules,
      Automaton before,
      List<RuleReader.Parsed> afterRules,
      Automaton after) {
    this.beforeRules = beforeRules;
    this.before = before;
    this.afterRules = afterRules;
    this.after = after;
  }

  /**
   * Where directories are that neither set tells apart.
   *
   * @param nodes of the patterns of both sets, from which one goes on
   */
  private record Place(RuleState before, RuleState after, IntSet nodes) {}

  private record Directory(String path, Place place) {}

  /** The beginning of a name, and the state of the names' automaton after it. */
  private record Prefix(String text, int state) {}

  /**
   * Returns if every path is bound to the same.
   *
   * @throws RuleException if not, with one that is not, or if it cannot be told
   */
  void check() throws RuleException {
    if (haveTheSamePatterns()) {
      return;
    }
    List<RuleReader.Parsed> all = new ArrayList<>(beforeRules);
    all.addAll(afterRules);
    tree = RuleTree.ofGlobs(all);
    names = new NameAutomaton(tree);
    IntSet.Builder root = new IntSet.Builder();
    root.add(tree.root().id);
    goInto("", before.root(), after.root(), root.build());
    while (!open.isEmpty()) {
      compare(open.remove());
    }
  }

  private boolean haveTheSamePatterns() {
    if (beforeRules.size() != afterRules.size()) {
      return false;
    }
    for (int i = 0; i < beforeRules.size(); i++) {
      Rule one = beforeRules.get(i).rule();
      Rule other = afterRules.get(i).rule();
      if (one.binding() != other.binding() || !one.pattern().equals(other.pattern())) {
        return false;
      }
    }
    return true;
  }

  private void goInto(String path, RuleState one, RuleState other, IntSet arrived) {
    if (one.settled() && other.settled()) {
      return;
    }
    IntSet.Builder nodes = new IntSet.Builder();
    for (int id : arrived.values()) {
      PathNode node = tree.pathNodes().get(id);
      nodes.add(id);
      if (node.anyDepth() != null) {
        nodes.add(node.anyDepth().id);
      }
    }
    Place place = new Place(one, other, nodes.build());
    if (seen.add(place)) {
      open.add(new Directory(path, place));
    }
  }

  private void compare(Directory directory) throws RuleException {
    IntSet.Builder globs = new IntSet.Builder();
    IntSet.Builder onAnyName = new IntSet.Builder();
    for (int id : directory.place().nodes().values()) {
      PathNode node = tree.pathNodes().get(id);
      if (node.globs() != null) {
        node.globs().enter(globs);
      }
      node.stepOnAnyName(onAnyName);
    }
    IntSet always = onAnyName.build();
    NameAutomaton.Generation generation = names.generation();
    Deque<Prefix> prefixes = new ArrayDeque<>();
    Set<Integer> known = new HashSet<>();
    prefixes.add(new Prefix("", generation.start(globs.build())));
    while (!prefixes.isEmpty()) {
      Prefix prefix = prefixes.remove();
      for (int letter = 0; letter < names.alphabet().size(); letter++) {
        int sample = names.alphabet().sample(letter);
        if (sample == Alphabet.NONE) {
          continue;
        }
        stepsLeft--;
        if (stepsLeft < 0) {
          throw new RuleException(
              "whether every path stays bound as it is takes too long to tell: these rules need a"
                  + " new mount");
        }
        int state = generation.next(prefix.state(), letter);
        if (!known.add(state)) {
          continue;
        }
        String name = prefix.text() + Character.toString(sample);
        compare(directory, name, generation.targets(state).union(always));
        if (state != NameAutomaton.Generation.DEAD) {
          prefixes.add(new Prefix(name, state));
        }
      }
    }
  }

  private void compare(Directory directory, String name, IntSet arrived) throws RuleException {
    String path = directory.path() + "/" + name;
    RuleState one = directory.place().before().step(name);
    RuleState other = directory.place().after().step(name);
    check(path, one.file(), other.file());
    check(path + "/", one.directory(), other.directory());
    goInto(path, one, other, arrived);
  }

  private static void check(String path, Decision before, Decision after) throws RuleException {
    if (before.binding() != after.binding()) {
      Rule rule = after.rule().number() < 0 ? before.rule() : after.rule();
      throw new RuleException(
          rule.place()
              + ": what is bound to "
              + before.binding().word()
              + " now would be bound to "
              + after.binding().word()
              + ", such as "
              + shown(path)
              + ": that needs a new mount");
    }
  }

  /** Without characters that a terminal cannot show. */
  private static String shown(String path) {
    StringBuilder text = new StringBuilder();
    path.codePoints().forEach(c -> text.appendCodePoint(c > ' ' && c < 0x7f ? c : '?'));
    return text.toString();
  }
}
