package io.trifold.rules;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The cost of one step by the number of rules. A quarter of the rules are directories of the root,
 * a quarter suffixes at any depth, a quarter names with a star within, a quarter paths below any
 * directory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx64m")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class RuleLookupBenchmark {
  private static final int NAMES = 1 << 14;

  /** How many names a working set has. */
  private static final int FEW = 256;

  @Param({"10", "100", "1000", "10000"})
  public int rules;

  private RuleSet set;
  private RuleState root;
  private RuleState deep;
  private final String[] matching = new String[NAMES];
  private final String[] other = new String[NAMES];
  private final char[][] fresh = new char[NAMES][];
  private int at;

  @Setup
  public void compile() throws RuleException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < rules; i++) {
      text.append(
          switch (i % 4) {
            case 0 -> "remote /folder" + i + "/\n";
            case 1 -> "local *.x" + i + "\n";
            case 2 -> "propagated cache" + i + "_*.tmp\n";
            default -> "remote /app/*/part" + i + "/\n";
          });
    }
    set = RuleSet.parse("benchmark.rules", text.toString());
    root = set.root();
    deep = set.at("app/module");
    Random random = new Random(1);
    for (int i = 0; i < NAMES; i++) {
      int rule = random.nextInt(rules);
      matching[i] =
          switch (rule % 4) {
            case 0 -> "folder" + rule;
            case 1 -> "file" + i + ".x" + rule;
            case 2 -> "cache" + rule + "_" + i + ".tmp";
            default -> "part" + rule;
          };
      other[i] = "upload-" + Long.toString(random.nextLong() >>> 1, 36) + ".jpg";
      fresh[i] = other[i].toCharArray();
    }
  }

  private int next() {
    at = (at + 1) & (NAMES - 1);
    return at;
  }

  /** One of a working set of names, spread over the rules, each matched by one. */
  @Benchmark
  public RuleState matched() {
    return root.step(matching[next() & (FEW - 1)]);
  }

  /**
   * One of so many names that all rules are met in turn: nothing stays in the processor's caches.
   */
  @Benchmark
  public RuleState matchedByAllRulesInTurn() {
    return root.step(matching[next()]);
  }

  /** A name that no rule matches, where most rules are still alive. */
  @Benchmark
  public RuleState unmatched() {
    return deep.step(other[next()]);
  }

  /** A name that was hardly ever seen before, as the kernel gives it: with no hash computed yet. */
  @Benchmark
  public RuleState unseen() {
    char[] name = fresh[next()];
    // One letter more each time: a name hardly ever recurs.
    name[7 + (at & 7)] = (char) ('a' + (at * 31 + name[7 + (at & 7)]) % 26);
    return root.step(new String(name));
  }

  /** Three steps from the root, and the decision. */
  @Benchmark
  public Decision pathOfThree() {
    return root.step("app").step("module").step(matching[next() & (FEW - 1)]).file();
  }
}
