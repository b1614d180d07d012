package io.trifold.queue;

import io.trifold.queue.QueueException.Refused;
import io.trifold.queue.QueueException.Unreachable;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;

/** What an error of the database means to a user: one line each, by its SQLSTATE. */
final class SqlErrors {
  private final QueueSettings settings;

  SqlErrors(QueueSettings settings) {
    this.settings = settings;
  }

  QueueException translate(SQLException e) {
    SQLException root = innermost(e);
    String state = state(root);
    String where = settings.shownUrl();
    Throwable cause = root.getCause();
    if (cause instanceof UnknownHostException) {
      return new Unreachable(
          "cannot reach the database at " + where + ": no host of that name", root);
    }
    if (cause instanceof SocketTimeoutException) {
      return new Unreachable("cannot reach the database at " + where + ": no answer in time", root);
    }
    if (cause instanceof ConnectException) {
      return new Unreachable(
          "cannot reach the database at " + where + ": connection refused: is the server running?",
          root);
    }
    return switch (state) {
      case "28P01" ->
          new Refused(
              "the database at " + where + " refuses user or password: " + said(root), root);
      case "28000", "08004" ->
          new Refused("the database at " + where + " refuses the login: " + said(root), root);
      case "3D000" ->
          new Refused("the server has no such database: " + where + ": " + said(root), root);
      case "42501" ->
          new Refused(
              "the database at " + where + " denies: " + said(root) + ": grant it to the user",
              root);
      default ->
          isRefusal(state)
              ? new Refused("the database at " + where + " refuses: " + said(root), root)
              : new Unreachable("the database at " + where + " cannot serve: " + said(root), root);
    };
  }

  /** Data, constraints, syntax: the same statement will fail again. */
  private static boolean isRefusal(String state) {
    return state.startsWith("22") || state.startsWith("23") || state.startsWith("42");
  }

  /** Whether the same statement on another connection may succeed at once. */
  static boolean isWorthAnotherTry(SQLException e) {
    String state = state(innermost(e));
    return (state.startsWith("08") && !state.equals("08004"))
        || state.startsWith("57P")
        || state.startsWith("40");
  }

  private static String state(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }

  /** The pool wraps why it has no connection. */
  private static SQLException innermost(SQLException e) {
    SQLException inner = e;
    while (inner.getCause() instanceof SQLException cause) {
      inner = cause;
    }
    return inner;
  }

  private static String said(SQLException e) {
    String message = String.valueOf(e.getMessage());
    return message.lines().findFirst().orElse("").replaceFirst("^(FATAL|ERROR): +", "");
  }
}
