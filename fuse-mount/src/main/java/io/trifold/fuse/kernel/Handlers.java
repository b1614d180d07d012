package io.trifold.fuse.kernel;

import java.util.EnumMap;
import java.util.Map;

/** The table of handlers by opcode. */
final class Handlers {
  private final Map<Opcode, Handler> table = new EnumMap<>(Opcode.class);

  /** Each opcode has one handler. */
  Handlers on(Opcode opcode, Handler handler) {
    if (table.put(opcode, handler) != null) {
      throw new IllegalStateException("two handlers for " + opcode);
    }
    return this;
  }

  /** The handler, {@code null} for what is not served. */
  Handler of(Opcode opcode) {
    return opcode == null ? null : table.get(opcode);
  }
}
