package io.trifold.rules;

import java.util.List;

/**
 * A parsed pattern. It is always anchored to the root: one that matches at any depth begins with
 * {@link Segment.AnyDepth}.
 *
 * @param segments what each component must be; not empty, and the last is no {@code AnyDepth}
 * @param directoriesOnly whether it ended in a slash
 */
record Pattern(List<Segment> segments, boolean directoriesOnly) {}
