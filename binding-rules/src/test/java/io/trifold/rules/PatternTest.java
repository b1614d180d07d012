package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Patterns by example; those of the manual among them. */
class PatternTest {

  @ParameterizedTest
  @CsvSource({
    // Without a slash, but at the end: at any depth.
    "cache, cache, true",
    "cache, a/b/cache, true",
    "cache, a/b/cached, false",
    "*.log, a/b/x.log, true",
    "*.log, .log, true",
    // A slash at the beginning or within: from the root.
    "/cache, cache, true",
    "/cache, a/cache, false",
    "data/cache, data/cache, true",
    "data/cache, a/data/cache, false",
    // One star stays within a name.
    "/a/*, a/b, true",
    "/a/*.txt, a/b/c.txt, false",
    "/*/pages, zone/pages, true",
    "/*/pages, pages, false",
    "a*b*c, aXbYc, true",
    "a*b*c, abc, true",
    "a*b*c, acb, false",
    // Two stars between slashes are any number of directories.
    "**/x, x, true",
    "**/x, a/b/x, true",
    "a/**/x, a/x, true",
    "a/**/x, a/b/c/x, true",
    "a/**/x, b/a/x, false",
    "a/**, a, false",
    "a/**, a/b, true",
    "a/**, a/b/c, true",
    "a**b, a/b, false",
    "/x/a**b, x/aXb, true",
    // Question marks and sets.
    "a?c, abc, true",
    "a?c, ac, false",
    "caf?, café, true",
    "?, \uD83D\uDE00, true",
    "[a-c]x, bx, true",
    "[!a-c]x, bx, false",
    "[^a-c]x, dx, true",
    "[]x], ], true",
    "[!]x], ], false",
    "[a-], -, true",
    "[]-a], ^, true",
    "[a\\]], ], true",
    "[[:digit:]_], 7, true",
    "[[:digit:]_], a, false",
    "[[:alpha:]-z], -, true",
    "[[:], :, true",
    "[\\ ], ' ', true",
    "\\*, *, true",
    "\\*, a, false",
    // Letters are as they are written.
    "Cache, cache, false",
  })
  void matches(String pattern, String path, boolean matches) throws RuleException {
    Rule decides = RuleSet.parse("t.rules", "remote " + pattern).at(path).file().rule();

    assertThat(decides.number() == 0).isEqualTo(matches);
  }
}
