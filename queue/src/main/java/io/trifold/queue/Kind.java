package io.trifold.queue;

import io.trifold.queue.Change.Delete;
import io.trifold.queue.Change.PutDirectory;
import io.trifold.queue.Change.PutFile;
import io.trifold.queue.Change.PutSymlink;

/** The kinds of change, and their numbers in the encoding. */
enum Kind {
  FILE(1),
  DIRECTORY(2),
  SYMLINK(3),
  DELETE(4);

  private final int code;

  Kind(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static Kind of(Change change) {
    if (change instanceof PutFile) {
      return FILE;
    }
    if (change instanceof PutDirectory) {
      return DIRECTORY;
    }
    if (change instanceof PutSymlink) {
      return SYMLINK;
    }
    if (change instanceof Delete) {
      return DELETE;
    }
    throw new AssertionError(change);
  }

  static Kind of(int code) throws MalformedEventException {
    for (Kind kind : values()) {
      if (kind.code == code) {
        return kind;
      }
    }
    throw new MalformedEventException("no such kind of change: " + code);
  }
}
