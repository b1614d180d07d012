package io.trifold.queue;

/** Bytes that are not an event's canonical encoding; the message says why. */
final class MalformedEventException extends Exception {
  MalformedEventException(String reason) {
    super(reason);
  }
}
