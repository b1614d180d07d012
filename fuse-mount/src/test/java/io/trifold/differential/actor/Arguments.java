package io.trifold.differential.actor;

import java.util.Arrays;
import java.util.Iterator;

/** The arguments of an operation, taken one after the other. */
final class Arguments {
  private final Iterator<String> rest;

  Arguments(Operation operation) {
    rest = operation.arguments().iterator();
  }

  boolean hasNext() {
    return rest.hasNext();
  }

  String text() {
    return rest.next();
  }

  byte[] bytes() {
    return Operation.bytes(text());
  }

  /** Bytes and a NUL. */
  byte[] path() {
    return terminated(text());
  }

  static byte[] terminated(String path) {
    byte[] bytes = Operation.bytes(path);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  int number() {
    return Math.toIntExact(wide());
  }

  /** A leading 0 makes it octal. */
  long wide() {
    return Long.decode(text());
  }

  int flags() {
    return Symbols.value(text());
  }
}
