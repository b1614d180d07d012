package io.trifold.replica;

import io.trifold.queue.Event;
import io.trifold.rules.RuleState;
import java.util.Optional;
import java.util.UUID;

/** What is to be done with an event that was read. */
sealed interface ApplyDecision {
  /** The host has this version of the path, or a later one. */
  record Skip() implements ApplyDecision {}

  /** It is the host's own, and the index missed it: the journal was not written before a crash. */
  record Recognise() implements ApplyDecision {}

  /** It is brought to the disk. */
  record Place() implements ApplyDecision {}

  /** It is not brought to the disk now. */
  record Pass(Unapplied.Cause cause, String reason) implements ApplyDecision {}

  /**
   * The decision over one event. Pure.
   *
   * @param self the host's incarnation
   * @param known the path's index entry
   * @param rules the root's state in this host's rules
   * @param claimed whether the path is clean and was claimed for apply
   */
  static ApplyDecision of(
      Event event, UUID self, Optional<IndexEntry> known, RuleState rules, boolean claimed) {
    String path = event.change().path();
    if (!PathNames.valid(path)) {
      return new Pass(Unapplied.Cause.REFUSED, "no path that a host may be asked to change");
    }
    if (known.isPresent() && known.get().version() >= event.position()) {
      return new Skip();
    }
    if (!claimed) {
      return new Pass(Unapplied.Cause.DEFERRED, "changed here, too");
    }
    if (event.incarnation().equals(self) && event.standsAtProducer()) {
      return new Recognise();
    }
    Kind kind = State.after(event.change()).kind();
    if (kind == Kind.ABSENT) {
      kind = known.map(entry -> entry.state().kind()).orElse(Kind.ABSENT);
    }
    if (!kind.travels(PathNames.rules(rules, path))) {
      return new Pass(Unapplied.Cause.UNBOUND, "not propagated by this host's rules");
    }
    return new Place();
  }
}
