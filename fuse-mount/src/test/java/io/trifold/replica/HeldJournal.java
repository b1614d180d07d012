package io.trifold.replica;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A journal whose commits can be held up, to put the threads of a host in an order. */
final class HeldJournal {
  private HeldJournal() {}

  /** Sees a commit, and may wait. */
  interface Gate {
    void pass(JournalUpdate update) throws InterruptedException;
  }

  static Journal of(Journal journal, Gate before, Gate after) {
    return (Journal)
        Proxy.newProxyInstance(
            Journal.class.getClassLoader(),
            new Class<?>[] {Journal.class},
            (proxy, method, arguments) -> {
              boolean commit = method.getName().equals("commit");
              if (commit) {
                before.pass((JournalUpdate) arguments[0]);
              }
              try {
                Object result = method.invoke(journal, arguments);
                if (commit) {
                  after.pass((JournalUpdate) arguments[0]);
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
