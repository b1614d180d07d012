package io.trifold.init;

import io.trifold.posix.Stat;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How much there is of each fate. Of one thread. */
public final class Summary {
  private final Map<Fate, Amount> amounts = new EnumMap<>(Fate.class);
  private final int examples;

  /**
   * An empty one.
   *
   * @param examples how many paths of each fate are kept
   */
  Summary(int examples) {
    this.examples = examples;
  }

  /** How much there is of one fate. */
  public static final class Amount {
    private long files;
    private long directories;
    private long bytes;
    private final List<String> first = new ArrayList<>();

    /** Files and symlinks. */
    public long files() {
      return files;
    }

    public long directories() {
      return directories;
    }

    /** The lengths of the regular files. */
    public long bytes() {
      return bytes;
    }

    /** The first files, as many as were asked for. */
    public List<String> first() {
      return List.copyOf(first);
    }
  }

  void add(String path, Stat stat, Fate fate) {
    Amount amount = amounts.computeIfAbsent(fate, f -> new Amount());
    if (stat.isDirectory()) {
      amount.directories++;
      return;
    }
    amount.files++;
    amount.bytes += stat.isRegular() ? stat.size() : 0;
    if (amount.first.size() < examples) {
      amount.first.add(path);
    }
  }

  public Amount of(Fate fate) {
    return amounts.getOrDefault(fate, new Amount());
  }
}
