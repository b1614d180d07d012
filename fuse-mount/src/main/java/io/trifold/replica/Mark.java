package io.trifold.replica;

/**
 * That a path may differ from the index.
 *
 * @param order its place among the dirty paths: of two, the one marked first comes first
 * @param generation rises with every mark of any path; what was captured covers a mark up to its
 *     generation
 * @param subtree whether all below may differ as well
 * @param explicit whether a caller changed the path itself. Otherwise a directory's times are not
 *     looked at: they change with what is in it.
 * @param restated whether a directory is to be put again although it is as the log says, for its
 *     time was disturbed by what was put in it after it
 */
record Mark(
    String path, long order, long generation, boolean subtree, boolean explicit, boolean restated) {

  /** One mark that means both, at the place of the first. */
  Mark merge(Mark earlier) {
    return new Mark(
        path,
        Math.min(order, earlier.order),
        Math.max(generation, earlier.generation),
        subtree || earlier.subtree,
        explicit || earlier.explicit,
        restated || earlier.restated);
  }
}
