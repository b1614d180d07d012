package io.trifold.rules;

import java.util.List;

/** What a pattern says of one path component, or of a run of them. */
sealed interface Segment {

  /** Exactly this name. */
  record Literal(String name) implements Segment {}

  /** Any one name: {@code *}. */
  record AnyName() implements Segment {}

  /**
   * One name of this form. There are never two {@link Atom.AnyRun} in a row, and what {@link
   * Literal} or {@link AnyName} can say is never a glob.
   */
  record Glob(List<Atom> atoms) implements Segment {}

  /** Any number of names, also none: a leading or middle {@code **}. It is never the last. */
  record AnyDepth() implements Segment {}
}
