package io.trifold.rules;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs the globs of a {@link RuleTree} over the characters of one name: the deterministic automaton
 * of its {@link GlobNode}s, of which only the states that some name has met are ever built. However
 * many globs there are, a character costs one look into a table once its state is built. Safe for
 * threads.
 *
 * <p>Memory is bounded whatever names come. The states belong to a {@link Generation}, and nothing
 * outside a run refers to one; when it has grown too large, the next run begins an empty one, and
 * the old is garbage as soon as the runs in it end.
 */
final class NameAutomaton {
  /** Slots of four bytes that one generation may hold: 8 MB. */
  static final long LARGEST_GENERATION = 2_000_000;

  /** What a state costs besides its row and the numbers in its sets, in slots. */
  private static final int OBJECTS = 40;

  private final List<GlobNode> globs;
  private final Alphabet alphabet;
  private final long largestGeneration;
  private volatile Generation current;

  NameAutomaton(RuleTree tree) {
    this(tree, LARGEST_GENERATION);
  }

  NameAutomaton(RuleTree tree, long largestGeneration) {
    this.globs = tree.globNodes();
    this.alphabet = Alphabet.of(globs);
    this.largestGeneration = largestGeneration;
    this.current = new Generation();
  }

  /** The path nodes that {@code name} leads to from the set {@code start} of glob nodes. */
  IntSet run(IntSet start, String name) {
    return start.isEmpty() ? IntSet.EMPTY : generation().run(start, name);
  }

  /** The generation to begin a run in. */
  Generation generation() {
    Generation generation = current;
    if (generation.size > largestGeneration) {
      // Of two threads that come here at once one generation is lost: a little work, no more.
      generation = new Generation();
      current = generation;
    }
    return generation;
  }

  /** The slots that the current generation holds now. */
  long size() {
    return current.size;
  }

  Alphabet alphabet() {
    return alphabet;
  }

  /**
   * A state's meaning.
   *
   * @param nodes what the characters so far can be the beginning of
   * @param targets the path nodes of the globs that they match as a whole
   */
  private record State(IntSet nodes, IntSet targets) {}

  /**
   * States, numbered from 1, and what follows them. Built under its lock, and read without it: a
   * reader that does not see an entry yet finds it under the lock.
   */
  final class Generation {
    /** The state in which no glob can match any more. */
    static final int DEAD = 1;

    private static final int UNKNOWN = 0;

    private final int letters = alphabet.size();
    private final Map<IntSet, Integer> starts = new ConcurrentHashMap<>();
    private final Map<IntSet, Integer> numbers = new HashMap<>();
    private int count = DEAD;
    private volatile State[] states = new State[16];

    /** The state that follows, or {@link #UNKNOWN}, at state × letters + letter. */
    private volatile int[] table = new int[16 * letters];

    /** Slots in use; written under the lock. */
    private volatile long size;

    private Generation() {
      states[DEAD] = new State(IntSet.EMPTY, IntSet.EMPTY);
      numbers.put(IntSet.EMPTY, DEAD);
      Arrays.fill(table, DEAD * letters, (DEAD + 1) * letters, DEAD);
    }

    private IntSet run(IntSet start, String name) {
      int state = start(start);
      int[] seen = table;
      for (int i = 0; i < name.length() && state != DEAD; ) {
        int codePoint = name.codePointAt(i);
        i += Character.charCount(codePoint);
        int letter = alphabet.letter(codePoint);
        int cell = state * letters + letter;
        state = cell < seen.length ? seen[cell] : UNKNOWN;
        if (state == UNKNOWN) {
          state = build(cell);
          seen = table;
        }
      }
      return targets(state);
    }

    /** The state before the first character. */
    int start(IntSet nodes) {
      Integer known = starts.get(nodes);
      return known != null ? known : starts.computeIfAbsent(nodes, this::number);
    }

    /** The state that follows on a letter. */
    int next(int state, int letter) {
      return build(state * letters + letter);
    }

    IntSet nodes(int state) {
      return state(state).nodes;
    }

    IntSet targets(int state) {
      return state(state).targets;
    }

    private State state(int number) {
      State[] seen = states;
      State state = number < seen.length ? seen[number] : null;
      return state != null ? state : stateUnderLock(number);
    }

    private synchronized State stateUnderLock(int number) {
      return states[number];
    }

    private synchronized int build(int cell) {
      if (table[cell] != UNKNOWN) {
        return table[cell];
      }
      IntSet.Builder entered = new IntSet.Builder();
      int sample = alphabet.sample(cell % letters);
      for (int node : states[cell / letters].nodes.values()) {
        globs.get(node).step(sample, entered);
      }
      int next = number(entered.build());
      table[cell] = next;
      return next;
    }

    private synchronized int number(IntSet nodes) {
      Integer known = numbers.get(nodes);
      if (known != null) {
        return known;
      }
      IntSet.Builder targets = new IntSet.Builder();
      for (int node : nodes.values()) {
        if (globs.get(node).target != GlobNode.NONE) {
          targets.add(globs.get(node).target);
        }
      }
      State made = new State(nodes, targets.build());
      count++;
      if (count == states.length) {
        states = Arrays.copyOf(states, count * 2);
        table = Arrays.copyOf(table, count * 2 * letters);
      }
      states[count] = made;
      numbers.put(nodes, count);
      size += OBJECTS + letters + nodes.size() + made.targets.size();
      return count;
    }
  }
}
