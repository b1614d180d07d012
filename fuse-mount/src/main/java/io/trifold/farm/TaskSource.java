package io.trifold.farm;

import java.time.ZoneId;
import java.util.List;

/** Where the tasks are declared; read again when it has changed. */
@FunctionalInterface
public interface TaskSource {
  /** What is declared. */
  record Tasks(List<TaskDeclaration> tasks, ZoneId zone) {
    /** Nothing. */
    public static final Tasks NONE = new Tasks(List.of(), ZoneId.of("UTC"));

    public Tasks {
      tasks = List.copyOf(tasks);
    }
  }

  /** It cannot be read. The message is one line for a user. */
  final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    public UnreadableException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  Tasks read() throws UnreadableException;
}
