package io.trifold.logs;

import io.trifold.queue.LineStream;
import io.trifold.queue.QueueException;
import io.trifold.replica.LogSource;
import java.util.function.LongConsumer;

/** The way to the farm's stream of lines. */
public interface LineSource {
  /** Opens it for this host, once the host's session with the farm was asked for. */
  LineStream openLines() throws QueueException;

  /** Starts to watch for news in it. */
  LogSource.Watch watchLines(LongConsumer onNews);
}
