package io.trifold.replica;

/**
 * What a host tells the farm of how far it is; see {@link
 * io.trifold.queue.FarmLog#acknowledge(long, long, long)}.
 */
record Acknowledgement(long position, long applied, long parked) {
  static final Acknowledgement NONE = new Acknowledgement(-1, -1, -1);

  static Acknowledgement of(long position, Reached reached) {
    long parked = reached.parked().stream().mapToLong(Unapplied::position).max().orElse(0);
    return new Acknowledgement(position, reached.applied(), parked);
  }
}
