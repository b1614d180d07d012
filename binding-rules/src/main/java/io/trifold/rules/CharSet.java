package io.trifold.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** An immutable set of characters (code points), as sorted, disjoint, non-adjacent ranges. */
final class CharSet {
  private final int[] bounds;

  /** Takes {@code bounds} as they are: first, last, first, last, …, sorted and disjoint. */
  private CharSet(int[] bounds) {
    this.bounds = bounds;
  }

  /** The union of ranges, each given as {@code {first, last}}, both inclusive. */
  static CharSet of(List<int[]> ranges) {
    List<int[]> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingInt(r -> r[0]));
    int[] merged = new int[sorted.size() * 2];
    int size = 0;
    for (int[] range : sorted) {
      if (size > 0 && range[0] <= merged[size - 1] + 1) {
        merged[size - 1] = Math.max(merged[size - 1], range[1]);
      } else {
        merged[size++] = range[0];
        merged[size++] = range[1];
      }
    }
    return new CharSet(Arrays.copyOf(merged, size));
  }

  /** All characters but these. */
  CharSet complement() {
    List<int[]> gaps = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      if (from < bounds[i]) {
        gaps.add(new int[] {from, bounds[i] - 1});
      }
      from = bounds[i + 1] + 1;
    }
    if (from <= Character.MAX_CODE_POINT) {
      gaps.add(new int[] {from, Character.MAX_CODE_POINT});
    }
    return of(gaps);
  }

  boolean contains(int codePoint) {
    int found = Arrays.binarySearch(bounds, codePoint);
    // Inside a range the insertion point is odd: after its first and before its last.
    return found >= 0 || (-found - 1) % 2 == 1;
  }

  /** The ranges, flat: first, last, first, last, …; not to be changed. */
  int[] bounds() {
    return bounds;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CharSet set && Arrays.equals(bounds, set.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }
}
