package io.trifold.rules;

/** A piece of a {@link Segment.Glob}. */
sealed interface Atom {

  /** This one character. */
  record Char(int codePoint) implements Atom {}

  /** One character of a set: {@code [a-z]}. */
  record OneOf(CharSet set) implements Atom {}

  /** Any one character: {@code ?}. */
  record AnyChar() implements Atom {}

  /** Any number of characters, also none: {@code *}. */
  record AnyRun() implements Atom {}
}
