package io.trifold.replica;

import io.trifold.queue.Outcome;
import io.trifold.queue.Provenance.Author;
import io.trifold.queue.QueueException;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;

/**
 * What is to be appended that capture did not find on the disk. Asked for by any thread, done by
 * capture's, as the numbers of a producer are given by one.
 */
final class Requests {
  private final Deque<Request> waiting = new ConcurrentLinkedDeque<>();

  /**
   * What is appended together.
   *
   * @param changeSet that it is, if it is one
   * @param author who asked
   */
  record Request(
      List<Offer> offers,
      Optional<UUID> changeSet,
      Optional<Author> author,
      CompletableFuture<Map<String, Outcome>> answer) {
    /** The outcomes, in the order of the batch. */
    void answer(List<Plan.Item> items, List<Outcome> outcomes) {
      Map<String, Outcome> byPath = new LinkedHashMap<>();
      for (int i = 0; i < items.size(); i++) {
        byPath.put(items.get(i).path(), outcomes.get(i));
      }
      answer.complete(byPath);
    }

    void fail(QueueException reason) {
      answer.completeExceptionally(reason);
    }

    /** Whether it asks for the end of a change set that was made on the disk. */
    boolean ofDisk() {
      return offers.isEmpty();
    }

    /** Makes it the batch's matter. */
    Batch into(Batch batch) {
      batch.changeSet = changeSet;
      batch.request = Optional.of(this);
      for (Offer offer : offers) {
        batch.plan.add(new Plan.Item(offer.change(), offer.base(), Optional.empty()));
      }
      batch.items = batch.plan.ordered();
      return batch;
    }
  }

  Request add(List<Offer> offers, Optional<UUID> changeSet, Optional<Author> author) {
    Request request =
        new Request(List.copyOf(offers), changeSet, author, new CompletableFuture<>());
    waiting.add(request);
    return request;
  }

  /** It could not be done yet, and is the next one again. */
  void putBack(Request request) {
    waiting.addFirst(request);
  }

  /** The next one, which waits no more. */
  Optional<Request> take() {
    return Optional.ofNullable(waiting.poll());
  }

  void remove(Request request) {
    waiting.remove(request);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Waits for the answer. */
  static Map<String, Outcome> await(Request request) throws QueueException, InterruptedException {
    try {
      return request.answer().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof QueueException reason) {
        throw reason;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
