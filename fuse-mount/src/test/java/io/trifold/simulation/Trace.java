package io.trifold.simulation;

import java.util.ArrayList;
import java.util.List;

/** Everything that happened, as one number; as text, too, if somebody wants to read it. */
final class Trace {
  private static final long PRIME = 1_099_511_628_211L;

  private final List<String> lines;
  private final boolean readable;
  private long hash = 0xcbf29ce484222325L;

  Trace(boolean readable) {
    this.readable = readable;
    this.lines = new ArrayList<>();
  }

  void line(Object who, String what) {
    hash = (hash * PRIME) ^ who.toString().hashCode();
    hash = (hash * PRIME) ^ what.hashCode();
    if (readable) {
      lines.add(who + " " + what);
    }
  }

  long hash() {
    return hash;
  }

  List<String> lines() {
    return lines;
  }
}
