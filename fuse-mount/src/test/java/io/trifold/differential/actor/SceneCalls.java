package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.util.Map;
import java.util.StringJoiner;

/** Setting a scene, and looking at it: as root, by paths below the directory it began in. */
final class SceneCalls {
  private static final byte[] ROOT = Arguments.terminated("/");
  private static final byte[] HERE = Arguments.terminated(".");
  private static final byte[] UP = Arguments.terminated("..");

  private final Slots slots;
  private final MappingCalls mappings;
  private final Identity identity;
  private final Observer observer;
  private String scene = "/";
  private long top;

  SceneCalls(Slots slots, MappingCalls mappings, Identity identity, Observer observer) {
    this.slots = slots;
    this.mappings = mappings;
    this.identity = identity;
    this.observer = observer;
  }

  void addTo(Map<String, Call> calls) {
    calls.put("begin", this::begin);
    calls.put("end", arguments -> end());
    calls.put("up", arguments -> up());
    calls.put("look", this::look);
    calls.put("slots", arguments -> lookAtSlots());
    calls.put("tree", arguments -> identity.asRoot(() -> observer.tree(scene)));
    calls.put("content", this::content);
    calls.put("remove", this::remove);
  }

  /** Makes the directory, unless another actor has, and goes there. */
  private String begin(Arguments arguments) throws ErrnoException {
    scene = arguments.text();
    byte[] path = Arguments.terminated(scene);
    if (C.mkdir(path, 0777) == 0) {
      Result.of(C.chmod(path, 0777));
    }
    Result.of(C.chdir(path));
    top = Attributes.of(Posix.AT_FDCWD, HERE, 0).inode();
    return "0";
  }

  /** Goes up, but not out of the scene, where the sides differ. */
  private String up() throws ErrnoException {
    if (Attributes.of(Posix.AT_FDCWD, HERE, 0).inode() == top) {
      return "0";
    }
    return Result.done(C.chdir(UP));
  }

  /** Lets go of all that is open, and goes away. */
  private String end() throws ErrnoException {
    mappings.unmapAll();
    slots.closeAll();
    observer.forget();
    C.umask(022);
    return Result.done(C.chdir(ROOT));
  }

  private byte[] below(String path) {
    return Arguments.terminated(scene + "/" + path);
  }

  private String look(Arguments arguments) throws ErrnoException {
    return identity.asRoot(
        () -> {
          StringJoiner text = new StringJoiner("; ");
          while (arguments.hasNext()) {
            String path = arguments.text();
            text.add(Operation.escape(path) + " " + observer.look(below(path)));
          }
          return text.toString();
        });
  }

  private String lookAtSlots() throws ErrnoException {
    StringJoiner text = new StringJoiner("; ");
    for (Map.Entry<Integer, Integer> slot : slots.open().entrySet()) {
      text.add("#" + slot.getKey() + " " + lookAtSlot(slot.getKey(), slot.getValue()));
    }
    return text.toString();
  }

  private String lookAtSlot(int slot, int fd) {
    try {
      return observer.fstat(slot, fd);
    } catch (ErrnoException e) {
      return Actor.symbol(e);
    }
  }

  private String content(Arguments arguments) throws ErrnoException {
    return identity.asRoot(() -> Observer.content(below(arguments.text())));
  }

  private String remove(Arguments arguments) throws ErrnoException {
    return identity.asRoot(
        () -> {
          Observer.remove(scene + "/" + arguments.text());
          return "0";
        });
  }
}
