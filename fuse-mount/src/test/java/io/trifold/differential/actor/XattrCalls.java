package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Extended attributes. */
final class XattrCalls {
  private XattrCalls() {}

  static void addTo(Map<String, Call> calls) {
    calls.put("setxattr", XattrCalls::set);
    calls.put("getxattr", XattrCalls::get);
    calls.put("listxattr", XattrCalls::list);
    calls.put("removexattr", a -> Result.done(C.removexattr(a.path(), a.path())));
  }

  private static String set(Arguments arguments) throws ErrnoException {
    byte[] path = arguments.path();
    byte[] name = arguments.path();
    byte[] value = arguments.bytes();
    return Result.done(C.setxattr(path, name, value, value.length, arguments.flags()));
  }

  private static String get(Arguments arguments) throws ErrnoException {
    long count = C.getxattr(arguments.path(), arguments.path(), Memory.BUFFER, Memory.SIZE);
    return Result.data(Memory.bytes(Result.of(count)));
  }

  private static String list(Arguments arguments) throws ErrnoException {
    long count = Result.of(C.listxattr(arguments.path(), Memory.BUFFER, Memory.SIZE));
    return names(Memory.bytes(count)).toString();
  }

  static SortedSet<String> names(byte[] list) {
    SortedSet<String> names = new TreeSet<>();
    for (String name : Operation.text(list).split("\0", -1)) {
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
    return names;
  }
}
