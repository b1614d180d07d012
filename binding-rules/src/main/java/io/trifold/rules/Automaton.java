package io.trifold.rules;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs a {@link RuleTree} over the names of a path. A {@link State} is a set of {@link PathNode}s,
 * and the rules that decide so far. Nodes from which no rule goes on that is higher than what a
 * directory here inherits are left out: nothing below them can decide any more.
 *
 * <p>A step looks up the name in the few nodes of the state and runs the {@link NameAutomaton}
 * once: neither depends on how many rules there are. Equal states are one object as long as the
 * table of states has room; when it is too heavy it is emptied, and states that are still in use go
 * on to work. Safe for threads.
 */
final class Automaton {
  /** Slots of four bytes that the table of states may hold: 4 MB. */
  static final long HEAVIEST_TABLE = 1_000_000;

  /** What a state costs besides the numbers in its sets, in slots. */
  private static final int OBJECTS = 40;

  private final List<PathNode> nodes;
  private final NameAutomaton names;
  private final List<Decision> decisions;
  private final Decision none = new Decision(Rule.DEFAULT.binding(), Rule.DEFAULT);
  private final long heaviestTable;
  private final Map<Key, State> states = new ConcurrentHashMap<>();
  private final AtomicLong weight = new AtomicLong();
  private final State root;

  Automaton(RuleTree tree, List<Rule> rules) {
    this(tree, rules, new NameAutomaton(tree), HEAVIEST_TABLE);
  }

  Automaton(RuleTree tree, List<Rule> rules, NameAutomaton names, long heaviestTable) {
    this.nodes = tree.pathNodes();
    this.names = names;
    this.decisions = rules.stream().map(r -> new Decision(r.binding(), r)).toList();
    this.heaviestTable = heaviestTable;
    IntSet.Builder start = new IntSet.Builder();
    start.add(tree.root().id);
    this.root = arrive(start.build(), -1);
  }

  RuleState root() {
    return root;
  }

  /** The slots that the table of states holds now. */
  long weight() {
    return weight.get();
  }

  /**
   * @param file the rule that decides for a file, or -1
   * @param directory the rule that decides for a directory, or -1; never below {@code file}
   * @param live the nodes from which a rule above {@code directory} goes on
   */
  private record Key(int file, int directory, IntSet live) {}

  private Decision decision(int rule) {
    return rule < 0 ? none : decisions.get(rule);
  }

  /**
   * The state of a path that leads to the nodes {@code arrived}, in a directory bound by a rule.
   */
  private State arrive(IntSet arrived, int inherited) {
    int file = inherited;
    int directory = inherited;
    for (int id : arrived.values()) {
      PathNode node = nodes.get(id);
      file = Math.max(file, node.fileRule);
      directory = Math.max(directory, node.directoryRule);
    }
    IntSet.Builder live = new IntSet.Builder();
    for (int id : arrived.values()) {
      PathNode node = nodes.get(id);
      if (node.below() > directory) {
        live.add(id);
      }
      PathNode anyDepth = node.anyDepth();
      if (anyDepth != null && anyDepth.below() > directory) {
        live.add(anyDepth.id);
      }
    }
    return state(new Key(file, directory, live.build()));
  }

  private State state(Key key) {
    State known = states.get(key);
    if (known != null) {
      return known;
    }
    if (weight.get() > heaviestTable) {
      // What another thread adds in between goes uncounted: at most one state for each thread.
      states.clear();
      weight.set(0);
    }
    State made = new State(key);
    State raced = states.putIfAbsent(key, made);
    if (raced != null) {
      return raced;
    }
    // Sixteen slots stand for the objects themselves.
    weight.addAndGet(OBJECTS + key.live.size() + made.globs.size());
    return made;
  }

  private final class State implements RuleState {
    private final Key key;
    private final Decision file;
    private final Decision directory;
    private final boolean mixed;

    /** The glob nodes that the live nodes begin with. */
    private final IntSet globs;

    private State(Key key) {
      this.key = key;
      this.file = decision(key.file);
      this.directory = decision(key.directory);
      Side own = directory.binding().side();
      Side other = own == Side.SHARED ? Side.APPLICATION : Side.SHARED;
      boolean reachesOther = false;
      IntSet.Builder begin = new IntSet.Builder();
      for (int id : key.live.values()) {
        PathNode node = nodes.get(id);
        reachesOther |= node.below(other) > key.directory;
        if (node.globs() != null) {
          node.globs().enter(begin);
        }
      }
      this.mixed = reachesOther;
      this.globs = begin.build();
    }

    @Override
    public RuleState step(String name) {
      if (key.live.isEmpty() && key.file == key.directory) {
        return this;
      }
      IntSet.Builder arrived = new IntSet.Builder();
      for (int id : key.live.values()) {
        nodes.get(id).step(name, arrived);
      }
      for (int id : names.run(globs, name).values()) {
        arrived.add(id);
      }
      return arrive(arrived.build(), key.directory);
    }

    @Override
    public Decision file() {
      return file;
    }

    @Override
    public Decision directory() {
      return directory;
    }

    @Override
    public boolean mixed() {
      return mixed;
    }

    @Override
    public boolean settled() {
      return key.live.isEmpty();
    }

    @Override
    public String toString() {
      return "file: " + file.rule() + ", directory: " + directory.rule() + ", mixed: " + mixed;
    }
  }
}
