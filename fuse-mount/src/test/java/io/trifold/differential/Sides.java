package io.trifold.differential;

import io.trifold.differential.actor.Operation;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Processes on the mount, and as many on the disk beside it. */
final class Sides implements AutoCloseable {
  private static final String INNER = "/inner";

  private final List<ActorProcess> onMount;
  private final List<ActorProcess> onDisk;
  private Path mount;
  private Path disk;

  Sides(int actors) {
    onMount = start(actors);
    onDisk = start(actors);
  }

  private static List<ActorProcess> start(int actors) {
    return IntStream.range(0, actors).mapToObj(i -> new ActorProcess()).toList();
  }

  /** Where to work from now on. */
  void in(Path newMount, Path newDisk) {
    mount = newMount;
    disk = newDisk;
  }

  int actors() {
    return onMount.size();
  }

  /**
   * All begin in a new directory, with one around it that is theirs too: symlinks may lead there.
   */
  void begin(String name) {
    for (int actor = 0; actor < actors(); actor++) {
      together(
          actor,
          List.of(begin(mount, name), begin(mount, name + INNER)),
          List.of(begin(disk, name), begin(disk, name + INNER)));
    }
  }

  private static Operation begin(Path directory, String name) {
    return Operation.of("begin", directory.resolve(name));
  }

  private void together(int actor, List<Operation> here, List<Operation> there) {
    onMount.get(actor).ask(here);
    onDisk.get(actor).ask(there);
    require(onMount.get(actor).answers(here.size()));
    require(onDisk.get(actor).answers(there.size()));
  }

  private static void require(List<String> answers) {
    if (!answers.stream().allMatch("0"::equals)) {
      throw new IllegalStateException("no directory to work in: " + answers);
    }
  }

  /** All let go of what they have open, and the directory is removed. */
  void end(String name) {
    Operation root = Operation.of("as", 0, 0);
    Operation end = Operation.of("end");
    for (int actor = 0; actor < actors(); actor++) {
      together(
          actor, List.of(root, begin(mount, name), end), List.of(root, begin(disk, name), end));
    }
    List<Operation> remove = List.of(Operation.of("remove", ""));
    together(0, remove, remove);
  }

  Answers both(int actor, List<Operation> operations) {
    onMount.get(actor).ask(operations);
    onDisk.get(actor).ask(operations);
    return new Answers(
        onMount.get(actor).answers(operations.size()),
        onDisk.get(actor).answers(operations.size()));
  }

  List<String> mount(int actor, List<Operation> operations) {
    return onMount.get(actor).perform(operations);
  }

  List<String> disk(int actor, List<Operation> operations) {
    return onDisk.get(actor).perform(operations);
  }

  /** What the two sides say to the same operations. */
  record Answers(List<String> mount, List<String> disk) {}

  @Override
  public void close() {
    onMount.forEach(ActorProcess::close);
    onDisk.forEach(ActorProcess::close);
  }
}
