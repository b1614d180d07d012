package io.trifold.differential.actor;

import static io.trifold.differential.actor.Native.C;

import io.trifold.posix.ErrnoException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Listings, and the directory that relative names begin in. */
final class DirectoryCalls {
  private final Slots slots;

  DirectoryCalls(Slots slots) {
    this.slots = slots;
  }

  void addTo(Map<String, Call> calls) {
    calls.put("readdir", a -> describe(Listing.of(a.path())));
    calls.put("list", a -> describe(Listing.read(slots.fd(a), 0)));
    calls.put("seekdir", this::seek);
    calls.put("chdir", a -> Result.done(C.chdir(a.path())));
    calls.put("fchdir", a -> Result.done(C.fchdir(slots.fd(a))));
    calls.put("umask", a -> Result.done(C.umask(a.number())));
  }

  private static String describe(List<Listing.Entry> entries) {
    return entries.stream()
        .sorted(Comparator.comparing(Listing.Entry::name))
        .map(entry -> Operation.escape(entry.name()) + ":" + entry.type())
        .collect(Collectors.joining(" "));
  }

  /** Reads all, goes back to after the so many-th entry, and reads the rest again. */
  private String seek(Arguments arguments) throws ErrnoException {
    int fd = slots.fd(arguments);
    List<Listing.Entry> all = Listing.read(fd, 0);
    int place = Math.min(arguments.number(), all.size());
    long from = place == 0 ? 0 : all.get(place - 1).next();
    Set<String> rest = names(all.subList(place, all.size()));
    Set<String> again = names(Listing.read(fd, from));
    return describe(all) + (rest.equals(again) ? " again" : " but then " + again);
  }

  private static Set<String> names(List<Listing.Entry> entries) {
    return entries.stream().map(Listing.Entry::name).collect(Collectors.toCollection(HashSet::new));
  }
}
