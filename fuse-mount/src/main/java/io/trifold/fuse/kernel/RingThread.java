package io.trifold.fuse.kernel;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Eventfd;
import io.trifold.posix.IoUring;
import io.trifold.posix.Posix;
import io.trifold.posix.Processors;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.Pointer;

/**
 * A thread that serves the requests of one processor, on that processor: the kernel completes a
 * command with a request, the thread commits the answer, and fetches the next with the same system
 * call.
 *
 * <p>It has entries to spare, for answers that come later from elsewhere, and adds some before they
 * run out: a request that finds no entry waits until an answer is committed, and not for a new
 * entry. Of the free ones the kernel takes the one that was committed last, whose thread is idle.
 * Only the thread that made a ring may submit to it: an answer from another thread is put into a
 * queue, and the thread is woken.
 */
final class RingThread {
  private static final int REGISTER = 1;
  private static final int COMMIT_AND_FETCH = 2;
  private static final int COMMIT_ID_AT = 8;
  private static final int QUEUE_AT = 16;

  /** How many entries are added at a time, when fewer than {@link #FEW} are free. */
  private static final int BATCH = 16;

  private static final int FEW = 8;

  /** So many answers may be due from elsewhere; who comes then waits for one of them. */
  private static final int MOST_ENTRIES = 4096;

  private static final int RING_SIZE = 64;

  /** The wake-up among the completions; entries are numbered from 1. */
  private static final long WAKE_UP = 0;

  private final Device device;
  private final Dispatcher dispatcher;
  private final List<Integer> queues;
  private final AtomicInteger idle;
  private final Runnable exhausted;
  private final List<RingEntry> entries = new ArrayList<>();
  private final Queue<RingEntry> late = new ConcurrentLinkedQueue<>();
  private final Pointer wakeUps = Posix.allocate(Long.BYTES);
  private final Buffers buffers = new Buffers();

  /** Guards that it is not raised after it was closed. */
  private final Object waking = new Object();

  private Eventfd wakeUp;
  private IoUring ring;
  private AtomicLong current;
  private Thread thread;
  private boolean ended;

  /** How many entries are the kernel's. */
  private int free;

  /**
   * @param queues the processors
   * @param idle counts the threads of these queues that wait for a request
   * @param exhausted is told when none does
   */
  RingThread(
      Device device,
      Dispatcher dispatcher,
      List<Integer> queues,
      AtomicInteger idle,
      Runnable exhausted) {
    this.device = device;
    this.dispatcher = dispatcher;
    this.queues = queues;
    this.idle = idle;
    this.exhausted = exhausted;
  }

  /** Serves until it is no longer mounted. */
  void serve() throws ErrnoException {
    thread = Thread.currentThread();
    current = dispatcher.inFlight().addReader();
    if (queues.size() == 1) {
      Processors.stayOn(queues.get(0));
    }
    try (IoUring made = new IoUring(RING_SIZE)) {
      ring = made;
      wakeUp = new Eventfd();
      ring.readEvent(wakeUp.fd(), wakeUps.address(), WAKE_UP);
      queues.forEach(this::register);
      addEntries();
      idle.incrementAndGet();
      while (!ended) {
        ring.await(this::completed);
      }
    } finally {
      dispatcher.inFlight().removeReader(current);
      closeWakeUp();
    }
  }

  private void closeWakeUp() {
    synchronized (waking) {
      if (wakeUp != null) {
        wakeUp.close();
        wakeUp = null;
      }
    }
  }

  /** Of a processor that is there; others have no callers. */
  private void addEntries() {
    if (queues.size() == 1) {
      for (int i = 0; i < BATCH && entries.size() < MOST_ENTRIES; i++) {
        register(queues.get(0));
      }
    }
  }

  private void register(int queue) {
    RingEntry entry = new RingEntry(this, queue, entries.size() + 1);
    entries.add(entry);
    free++;
    Pointer command =
        ring.command(device.fd(), REGISTER, entry.address(), RingEntry.PARTS, entry.number());
    command.putShort(QUEUE_AT, (short) queue);
  }

  private void completed(long number, int result) {
    if (ended) {
      return;
    }
    if (result < 0) {
      ended = true;
      int errno = -result;
      if (errno != Errno.ENOTCONN && errno != Errno.ECANCELED) {
        throw new IllegalStateException("the kernel's ring gave error " + errno);
      }
    } else if (number == WAKE_UP) {
      ring.readEvent(wakeUp.fd(), wakeUps.address(), WAKE_UP);
      for (RingEntry entry = late.poll(); entry != null; entry = late.poll()) {
        submit(entry);
      }
    } else {
      serve(entries.get((int) number - 1));
    }
  }

  private void serve(RingEntry entry) {
    if (idle.decrementAndGet() == 0) {
      exhausted.run();
    }
    free--;
    Request request = buffers.request();
    request.begin(entry.assemble(buffers.memory()), entry);
    boolean waits = request.opcode() == Opcode.SETLKW.number();
    current.set(waits ? 0 : request.unique());
    dispatcher.dispatch(request, buffers.reply());
    current.set(0);
    if (free < FEW) {
      addEntries();
    }
    idle.incrementAndGet();
  }

  /** Hands the entry back with its answer. */
  boolean commit(RingEntry entry) throws ErrnoException {
    if (Thread.currentThread() == thread) {
      submit(entry);
      return true;
    }
    late.add(entry);
    synchronized (waking) {
      if (wakeUp == null) {
        return false;
      }
      wakeUp.raise();
      return true;
    }
  }

  private void submit(RingEntry entry) {
    free++;
    Pointer command = ring.command(device.fd(), COMMIT_AND_FETCH, 0, 0, entry.number());
    command.putLong(COMMIT_ID_AT, entry.commitId());
    command.putShort(QUEUE_AT, (short) entry.queue());
  }

  /** The processors. */
  @Override
  public String toString() {
    return queues.toString();
  }
}
