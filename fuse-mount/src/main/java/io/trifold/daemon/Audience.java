package io.trifold.daemon;

/** Who waits for a mount to be made, and is told how it goes. */
interface Audience {
  /** The mount will work, but there is something to know; one line. */
  void warn(String message);

  /**
   * The mount answers.
   *
   * @return whether anybody still wants it
   */
  boolean ready();
}
