package io.trifold.queue;

import io.trifold.queue.QueueException.Rewound;
import java.util.Optional;
import java.util.UUID;

/**
 * The furthest event that a session has seen in the log, read or appended: by it a log is found out
 * that has lost its tail, also after it has grown again. Thread-safe.
 */
final class Timeline {
  /** An event at its position. */
  record Known(long position, UUID id) {}

  private Known furthest;

  synchronized void learn(long position, UUID id) {
    if (furthest == null || position >= furthest.position()) {
      furthest = new Known(position, id);
    }
  }

  synchronized Optional<Known> furthest() {
    return Optional.ofNullable(furthest);
  }

  /**
   * The log reaches to here.
   *
   * @param known the furthest event before the head was asked for: what is learned meanwhile may
   *     lie beyond it
   */
  static void check(Optional<Known> known, Head head) throws Rewound {
    if (known.isPresent() && known.get().position() > head.position()) {
      throw rewound(known.get().position(), head.position());
    }
  }

  static Rewound rewound(long position, long head) {
    return new Rewound(
        position,
        "the log ends at event "
            + head
            + ", or has another event at "
            + position
            + " than this host knows: the database was restored from an older state, or has failed"
            + " over and lost the latest events");
  }
}
