package io.trifold.simulation;

import java.util.Random;

/** The few names that all fight for, and the rules that bind them. */
final class Names {
  static final String RULES = "propagated *\nlocal *.tmp\n";
  private static final String[] DIRECTORIES = {"d", "e"};
  private static final String[] FILES = {"a", "b", "c"};

  private Names() {}

  static boolean travels(String path) {
    return !path.endsWith(".tmp") && !path.equals(".trifold") && !path.startsWith(".trifold/");
  }

  /** Any path; directories and files share some names. */
  static String any(Random random) {
    int depth = random.nextInt(8);
    String directory =
        depth < 4
            ? ""
            : depth < 7
                ? pick(random, DIRECTORIES) + "/"
                : pick(random, DIRECTORIES) + "/" + pick(random, DIRECTORIES) + "/";
    return directory + (random.nextInt(5) == 0 ? pick(random, DIRECTORIES) : pick(random, FILES));
  }

  static String directory(Random random) {
    String one = pick(random, DIRECTORIES);
    return random.nextInt(3) == 0 ? one + "/" + pick(random, DIRECTORIES) : one;
  }

  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash + 1);
  }

  private static String pick(Random random, String[] names) {
    return names[random.nextInt(names.length)];
  }
}
