package io.trifold.replica;

import io.trifold.queue.FarmKey;
import io.trifold.queue.FarmLog;
import io.trifold.queue.HeadWatch;
import io.trifold.queue.Membership;
import io.trifold.queue.Queue;
import io.trifold.queue.QueueException;
import io.trifold.queue.QueueSettings;
import java.util.function.LongConsumer;

/** The way to the farm's log. */
public interface LogSource {
  /** Opens a session; as {@link Queue#open} does. */
  FarmLog open(Membership membership) throws QueueException;

  /** Starts to watch for news; as {@link HeadWatch} does. */
  Watch watch(LongConsumer onNews);

  /** A watch that is under way. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /** The log in this database. */
  static LogSource of(QueueSettings settings, FarmKey key) {
    return new LogSource() {
      @Override
      public FarmLog open(Membership membership) throws QueueException {
        return Queue.open(settings, key, membership);
      }

      @Override
      public Watch watch(LongConsumer onNews) {
        return new HeadWatch(settings, onNews)::close;
      }
    };
  }
}
