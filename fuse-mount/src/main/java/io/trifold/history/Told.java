package io.trifold.history;

import io.trifold.queue.Change;
import io.trifold.queue.Event;
import io.trifold.queue.Provenance;
import io.trifold.queue.Verdict;

/** What is told of the history, one JSON object each. */
final class Told {
  private Told() {}

  /**
   * A version of a path.
   *
   * @param at in ISO form
   * @param user who made it, empty if that is not known
   * @param what the change leaves there, in a word
   * @param size of a file, otherwise 0
   * @param note what is special about it, empty if nothing is
   */
  record Version(
      String path,
      long position,
      String at,
      String host,
      String user,
      String what,
      long size,
      String note) {
    static Version of(Event event) {
      return new Version(
          event.change().path(),
          event.position(),
          event.at().toString(),
          event.host(),
          event.provenance().author().map(Version::name).orElse(""),
          word(event.change()),
          event.change() instanceof Change.PutFile file ? file.size() : 0,
          note(event));
    }

    private static String name(Provenance.Author author) {
      String number = Integer.toUnsignedString(author.uid());
      return author.name().equals(number) ? number : author.name() + "(" + number + ")";
    }

    private static String note(Event event) {
      String note = event.provenance().taken() ? "" : "restored";
      if (event.replaced() > 0) {
        note = "replaces " + event.replaced() + " in conflict";
      } else if (event.verdict() == Verdict.GAVE_WAY) {
        note = "gave way to " + event.yieldedTo();
      } else if (event.verdict() == Verdict.ASIDE) {
        note = "kept beside " + event.offered() + ", which has " + event.yieldedTo();
      }
      return event.provenance().part().map(part -> "change set " + part.changeSet()).orElse(note);
    }
  }

  static String word(Change change) {
    if (change instanceof Change.PutFile) {
      return "file";
    }
    if (change instanceof Change.PutDirectory) {
      return "directory";
    }
    return change instanceof Change.PutSymlink ? "symlink" : "deleted";
  }

  /**
   * A conflict.
   *
   * @param won the version that had the path afterwards; null if it is no longer kept
   * @param lost the other; null if it is no longer kept
   * @param beside where the other is kept as a file, empty if it is in the history alone
   * @param stands whether the path still has the version that won
   */
  record Conflict(String path, Version won, Version lost, String beside, boolean stands) {}

  /**
   * One path of a restoration.
   *
   * @param action {@code put}, {@code replace}, {@code delete}, {@code keep} or {@code changed}
   * @param now the version that is there now, null if nothing is
   */
  record Restored(String path, String action, String what, Version now) {}
}
