package io.trifold.rules;

import java.util.Arrays;

/** An immutable set of small numbers, sorted; cheap to compare, for use as a key. */
final class IntSet {
  static final IntSet EMPTY = new IntSet(new int[0]);

  private final int[] values;
  private final int hash;

  private IntSet(int[] values) {
    this.values = values;
    this.hash = Arrays.hashCode(values);
  }

  /** The numbers; not to be changed. */
  int[] values() {
    return values;
  }

  int size() {
    return values.length;
  }

  boolean isEmpty() {
    return values.length == 0;
  }

  boolean intersects(IntSet other) {
    int i = 0;
    int j = 0;
    while (i < values.length && j < other.values.length) {
      if (values[i] == other.values[j]) {
        return true;
      }
      if (values[i] < other.values[j]) {
        i++;
      } else {
        j++;
      }
    }
    return false;
  }

  IntSet union(IntSet other) {
    Builder union = new Builder();
    for (int value : values) {
      union.add(value);
    }
    for (int value : other.values) {
      union.add(value);
    }
    return union.build();
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof IntSet set && hash == set.hash && Arrays.equals(values, set.values));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** Collects numbers in any order, with repetitions. Not safe for threads. */
  static final class Builder {
    private int[] values = new int[8];
    private int size;

    void add(int value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      values[size++] = value;
    }

    IntSet build() {
      if (size == 0) {
        return EMPTY;
      }
      Arrays.sort(values, 0, size);
      int kept = 1;
      for (int i = 1; i < size; i++) {
        if (values[i] != values[kept - 1]) {
          values[kept++] = values[i];
        }
      }
      return new IntSet(Arrays.copyOf(values, kept));
    }
  }
}
