package io.trifold.daemon;

/** Who waits for a mount to be made, and is told how it goes. */
interface Audience {
  /** The mount will work, but there is something to know; one line. */
  void warn(String message);

  /**
   * The mount answers.
   *
   * @param transport by what it is served
   * @return whether anybody still wants it
   */
  boolean ready(String transport);
}
