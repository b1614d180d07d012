package io.trifold.fuse.kernel;

/** A request that is shorter than its kind, or says something false of itself. */
final class MalformedRequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedRequestException(String message) {
    super(message);
  }
}
