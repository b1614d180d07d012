package io.trifold.rules;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the rules that can never decide. A rule decides somewhere if and only if it decides for
 * some path that its own pattern matches, so it is followed through the automaton of all rules
 * along the names that keep its pattern alive, and given up where a higher rule has bound the
 * directory. If nothing is left to follow, the rule is idle: that is exact. The length of the
 * search is bounded; beyond the bound the answer is "not certain".
 *
 * <p>Most rules decide for the first path that looks like their pattern; that is tried first.
 */
final class IdleRuleSearch {
  /** How many steps by one character the search may take for one rule, and for all. */
  private static final int LONGEST_SEARCH = 1_000_000;

  private static final int LONGEST_SEARCHES = 10_000_000;

  /** Characters for wildcards, unlikely to stand in a pattern. */
  private static final int[] STRANGERS = {0xE000, 0xE001, 0xE002};

  private final List<RuleReader.Parsed> rules;
  private final Automaton automaton;
  private final RuleTree tree;
  private final NameAutomaton names;
  private int stepsLeft = LONGEST_SEARCHES;

  IdleRuleSearch(List<RuleReader.Parsed> rules, Automaton automaton) {
    this.rules = rules;
    this.automaton = automaton;
    this.tree = RuleTree.ofGlobs(rules);
    this.names = new NameAutomaton(tree);
  }

  List<IdleRule> find() {
    List<IdleRule> found = new ArrayList<>();
    for (RuleReader.Parsed parsed : rules) {
      if (!decidesForASample(parsed)) {
        IdleRule idle = new Search(parsed).run();
        if (idle != null) {
          found.add(idle);
        }
      }
    }
    return found;
  }

  /**
   * Whether a rule may decide for something below a directory; never a wrong no.
   *
   * @param directory the names on its path
   */
  boolean mayDecideBelow(List<String> directory, RuleReader.Parsed parsed) {
    return new Search(parsed).mayDecideBelow(directory);
  }

  private boolean decidesForASample(RuleReader.Parsed parsed) {
    for (int runLength = 0; runLength < STRANGERS.length; runLength++) {
      RuleState state = automaton.root();
      for (Segment segment : parsed.pattern().segments()) {
        if (!(segment instanceof Segment.AnyDepth)) {
          state = state.step(sample(segment, runLength));
        }
      }
      if (state.directory().rule().equals(parsed.rule())
          || (!parsed.pattern().directoriesOnly() && state.file().rule().equals(parsed.rule()))) {
        return true;
      }
    }
    return false;
  }

  /** A name of that form, with {@code runLength} characters for each star. */
  private static String sample(Segment segment, int runLength) {
    StringBuilder name = new StringBuilder();
    if (segment instanceof Segment.Literal literal) {
      name.append(literal.name());
    } else if (segment instanceof Segment.Glob glob) {
      for (Atom atom : glob.atoms()) {
        if (atom instanceof Atom.Char c) {
          name.appendCodePoint(c.codePoint());
        } else if (atom instanceof Atom.OneOf oneOf) {
          int[] bounds = oneOf.set().bounds();
          name.appendCodePoint(bounds.length == 0 ? STRANGERS[0] : bounds[bounds.length - 2]);
        } else if (atom instanceof Atom.AnyChar) {
          name.appendCodePoint(STRANGERS[0]);
        } else {
          strangers(name, runLength);
        }
      }
    }
    if (name.isEmpty()) {
      strangers(name, runLength + 1);
    }
    return name.toString();
  }

  private static void strangers(StringBuilder name, int count) {
    for (int i = 0; i < count; i++) {
      name.appendCodePoint(STRANGERS[i]);
    }
  }

  /** The search for one rule. */
  private final class Search {
    private final Rule rule;
    private final boolean directoriesOnly;
    private final RuleTree.Trace trace;
    private final TreeSet<Integer> covers = new TreeSet<>(Comparator.reverseOrder());
    private final Deque<IntSet> open = new ArrayDeque<>();
    private final Set<IntSet> seen = new HashSet<>();
    private int budget = Math.min(LONGEST_SEARCH, stepsLeft);

    private Search(RuleReader.Parsed parsed) {
      this.rule = parsed.rule();
      this.directoriesOnly = parsed.pattern().directoriesOnly();
      this.trace = tree.trace(parsed.pattern());
    }

    /** The verdict, or null if the rule decides for some path. */
    private IdleRule run() {
      goInto(root());
      return decide();
    }

    private boolean mayDecideBelow(List<String> directory) {
      IntSet arrived = root();
      for (String name : directory) {
        arrived = step(live(arrived), name);
      }
      goInto(arrived);
      IdleRule idle = decide();
      return idle == null || !idle.certain();
    }

    private IntSet root() {
      IntSet.Builder root = new IntSet.Builder();
      root.add(tree.root().id);
      return root.build();
    }

    private IntSet step(IntSet directory, String name) {
      IntSet.Builder globs = new IntSet.Builder();
      IntSet.Builder arrived = new IntSet.Builder();
      for (int id : directory.values()) {
        PathNode node = tree.pathNodes().get(id);
        if (node.globs() != null) {
          node.globs().enter(globs);
        }
        node.step(name, arrived);
      }
      return arrived.build().union(names.run(globs.build(), name));
    }

    private IdleRule decide() {
      int before = budget;
      while (!open.isEmpty()) {
        if (budget <= 0) {
          stepsLeft -= before;
          return new IdleRule(rule, false, List.of());
        }
        if (decidesIn(open.remove())) {
          return null;
        }
      }
      stepsLeft -= before - budget;
      return new IdleRule(
          rule, true, covers.stream().map(number -> rules.get(number).rule()).toList());
    }

    /** Whether the rule decides for an entry of a directory of these nodes; opens what is below. */
    private boolean decidesIn(IntSet directory) {
      IntSet.Builder globs = new IntSet.Builder();
      IntSet.Builder onAnyName = new IntSet.Builder();
      for (int id : directory.values()) {
        PathNode node = tree.pathNodes().get(id);
        if (node.globs() != null) {
          node.globs().enter(globs);
        }
        node.stepOnAnyName(onAnyName);
      }
      IntSet always = onAnyName.build();
      boolean aliveOnAnyName = always.intersects(trace.pathNodes());
      NameAutomaton.Generation generation = names.generation();
      Deque<Integer> prefixes = new ArrayDeque<>();
      Set<Integer> known = new HashSet<>();
      prefixes.add(generation.start(globs.build()));
      while (!prefixes.isEmpty() && budget > 0) {
        int prefix = prefixes.remove();
        for (int letter = 0; letter < names.alphabet().size(); letter++) {
          if (names.alphabet().sample(letter) == Alphabet.NONE) {
            continue;
          }
          budget--;
          int state = generation.next(prefix, letter);
          boolean alive = aliveOnAnyName || generation.nodes(state).intersects(trace.globNodes());
          if (!alive || !known.add(state)) {
            continue;
          }
          if (decidesOn(generation.targets(state).union(always))) {
            return true;
          }
          if (state != NameAutomaton.Generation.DEAD) {
            prefixes.add(state);
          }
        }
      }
      if (!prefixes.isEmpty()) {
        // Out of budget within this directory: it stays open, for the verdict to be uncertain.
        open.add(directory);
      }
      return false;
    }

    /** Whether the rule decides for a path of these nodes; opens it as a directory. */
    private boolean decidesOn(IntSet arrived) {
      if (!arrived.intersects(trace.pathNodes())) {
        return false;
      }
      int file = -1;
      int directory = -1;
      boolean matches = false;
      for (int id : arrived.values()) {
        PathNode node = tree.pathNodes().get(id);
        file = Math.max(file, node.fileRule);
        directory = Math.max(directory, node.directoryRule);
        matches |= id == trace.end();
      }
      if (matches) {
        if (directory == rule.number() || (!directoriesOnly && file == rule.number())) {
          return true;
        }
        if (!directoriesOnly) {
          covers.add(file);
        }
      }
      if (directory > rule.number()) {
        covers.add(directory);
      } else {
        goInto(arrived);
      }
      return false;
    }

    /** The nodes from which the rule, or a higher one, goes on. */
    private IntSet live(IntSet arrived) {
      IntSet.Builder live = new IntSet.Builder();
      for (int id : arrived.values()) {
        PathNode node = tree.pathNodes().get(id);
        if (node.below() >= rule.number()) {
          live.add(id);
        }
        if (node.anyDepth() != null && node.anyDepth().below() >= rule.number()) {
          live.add(node.anyDepth().id);
        }
      }
      return live.build();
    }

    private void goInto(IntSet arrived) {
      IntSet directory = live(arrived);
      if (directory.intersects(trace.pathNodes()) && seen.add(directory)) {
        open.add(directory);
      }
    }
  }
}
