package io.trifold.queue;

/**
 * What the log says of a path now.
 *
 * @param path as {@link Change#path()} has it
 * @param event the latest event of the path; a {@link Change.Delete} is a tombstone
 */
public record PathState(String path, Event event) {
  /** The path's version: the position of its latest event. */
  public long version() {
    return event.position();
  }
}
