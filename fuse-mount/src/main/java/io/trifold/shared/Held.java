package io.trifold.shared;

import java.util.function.Consumer;

/**
 * Something with several users, closed by the last of them: a call that was given up still uses
 * what it began with. It has one user when it is made.
 */
public final class Held<T> {
  private final T value;
  private final Consumer<? super T> close;
  private int users = 1;

  public Held(T value, Consumer<? super T> close) {
    this.value = value;
    this.close = close;
  }

  /** What it is; for who has a use of it. */
  public T get() {
    return value;
  }

  /** Adds a user; false if it is closed already. */
  public synchronized boolean acquire() {
    if (users == 0) {
      return false;
    }
    users++;
    return true;
  }

  /** One user less. */
  public void release() {
    if (isUnused()) {
      close.accept(value);
    }
  }

  private synchronized boolean isUnused() {
    return --users == 0;
  }
}
