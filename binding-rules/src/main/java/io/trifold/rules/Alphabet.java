package io.trifold.rules;

import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The characters as far as a tree's globs tell them apart: each belongs to one letter, and globs
 * treat all characters of a letter alike. Letter 0 is all that no glob names.
 */
final class Alphabet {
  static final int NONE = -1;
  private static final int ASCII = 128;

  /** Where the intervals begin: interval i is from starts[i] up to starts[i + 1]. */
  private final int[] starts;

  private final int[] letterOfInterval;
  private final int[] letterOfAscii = new int[ASCII];

  /** A character of each letter. */
  private final int[] samples;

  private Alphabet(int[] starts, int[] letterOfInterval, int[] samples) {
    this.starts = starts;
    this.letterOfInterval = letterOfInterval;
    this.samples = samples;
    for (int c = 0; c < ASCII; c++) {
      letterOfAscii[c] = search(c);
    }
  }

  static Alphabet of(List<GlobNode> globs) {
    // How many more ranges begin than end at a character; sums up to how many are open there.
    SortedMap<Integer, Integer> changes = new TreeMap<>();
    for (int c : new int[] {0, 1, '/', '/' + 1}) {
      changes.put(c, 0);
    }
    for (GlobNode glob : globs) {
      glob.forEachRange(
          range -> {
            changes.merge(range[0], 1, Integer::sum);
            changes.merge(range[1] + 1, -1, Integer::sum);
          });
    }
    int[] starts = changes.keySet().stream().mapToInt(Integer::intValue).toArray();
    int[] letters = new int[starts.length];
    int[] samples = new int[starts.length + 1];
    samples[0] = NONE;
    int count = 1;
    int open = 0;
    for (int i = 0; i < starts.length; i++) {
      open += changes.get(starts[i]);
      if (!isInNames(starts[i])) {
        continue;
      }
      if (open == 0) {
        samples[0] = starts[i];
      } else {
        samples[count] = starts[i];
        letters[i] = count++;
      }
    }
    return new Alphabet(starts, letters, Arrays.copyOf(samples, count));
  }

  private static boolean isInNames(int codePoint) {
    return codePoint != 0 && codePoint != '/' && codePoint <= Character.MAX_CODE_POINT;
  }

  /** How many letters there are; they are numbered from 0. */
  int size() {
    return samples.length;
  }

  int letter(int codePoint) {
    return codePoint < ASCII ? letterOfAscii[codePoint] : search(codePoint);
  }

  /** A character of that letter; of letter 0 {@link #NONE} if the globs name all that there are. */
  int sample(int letter) {
    return samples[letter];
  }

  private int search(int codePoint) {
    int found = Arrays.binarySearch(starts, codePoint);
    return letterOfInterval[found >= 0 ? found : -found - 2];
  }
}
