package io.trifold.rules;

import java.util.Collection;
import java.util.Optional;

/** Finds the word that a mistyped one was meant to be. */
public final class Spelling {
  private Spelling() {}

  /** What to write instead of {@code word}: the nearest known one, and all of them. */
  static String suggest(String word, Collection<String> known) {
    String all = String.join(", ", known);
    return nearest(word, known)
        .map(nearest -> "did you mean \"" + nearest + "\"? Known: " + all)
        .orElse("write one of " + all);
  }

  /** The known word with the least edit distance, none if no one is near enough to be meant. */
  public static Optional<String> nearest(String word, Collection<String> known) {
    String nearest = null;
    int least = Integer.MAX_VALUE;
    for (String candidate : known) {
      int distance = distance(word, candidate);
      if (distance < least && distance <= Math.max(1, candidate.length() / 2)) {
        least = distance;
        nearest = candidate;
      }
    }
    return Optional.ofNullable(nearest);
  }

  /**
   * The number of insertions, deletions, replacements and swaps of neighbours that make one word of
   * the other (optimal string alignment).
   */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], 1 + d[i - 2][j - 2]);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
