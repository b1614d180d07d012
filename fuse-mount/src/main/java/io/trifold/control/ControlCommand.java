package io.trifold.control;

import com.fasterxml.jackson.databind.JsonNode;
import io.trifold.posix.ErrnoException;
import io.trifold.queue.QueueException;
import java.io.IOException;

/** What the daemon does when it is asked to. Of many threads at once. */
@FunctionalInterface
public interface ControlCommand {
  /**
   * Does it. The thread is interrupted when the asker goes away.
   *
   * @param arguments an object; input, not yet believed
   * @param answers takes what there is to tell, as it comes
   * @return the exit code for the asker
   * @throws ControlException a line for the user
   * @throws QueueException and {@link ErrnoException}: their messages are such lines, too
   * @throws IOException if the asker went away
   */
  int run(JsonNode arguments, Answers answers)
      throws ControlException, QueueException, ErrnoException, IOException, InterruptedException;

  /** The way to the asker. */
  interface Answers {
    /**
     * Sends an answer.
     *
     * @param answer a record, a map or a node that becomes one JSON object
     * @throws IOException if the asker went away
     */
    void give(Object answer) throws IOException;
  }
}
