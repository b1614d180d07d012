package io.trifold.replica;

import java.util.OptionalInt;

/**
 * Users and groups of this host. Who has no name has a number, in decimal; a name that is unknown
 * and no number belongs to nobody here. Thread-safe.
 */
interface Owners {
  String user(int uid);

  String group(int gid);

  OptionalInt uid(String user);

  OptionalInt gid(String group);
}
