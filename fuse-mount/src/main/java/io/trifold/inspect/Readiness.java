package io.trifold.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What counts for whether a balancer should send requests here.
 *
 * @param mounted whether the mount stands
 * @param rootTrouble why the application's directory does not answer
 * @param storageTrouble why the shared storage does not
 * @param stopped why propagation does not go on
 * @param lag how many events of the log are not applied here
 * @param draining whether the operator took this host out
 */
record Readiness(
    boolean mounted,
    Optional<String> rootTrouble,
    Optional<String> storageTrouble,
    Optional<String> stopped,
    long lag,
    boolean draining) {
  /**
   * Why it should not, in words; nothing if it should.
   *
   * @param mostLag how many events may be missing
   */
  List<String> objections(long mostLag) {
    List<String> objections = new ArrayList<>();
    if (!mounted) {
      objections.add("not mounted");
    }
    rootTrouble.ifPresent(why -> objections.add("the root " + why));
    storageTrouble.ifPresent(why -> objections.add("the shared storage " + why));
    stopped.ifPresent(why -> objections.add("propagation " + why));
    if (lag > mostLag) {
      objections.add("behind by " + lag + " events, and at most " + mostLag + " are allowed");
    }
    if (draining) {
      objections.add("draining");
    }
    return objections;
  }
}
