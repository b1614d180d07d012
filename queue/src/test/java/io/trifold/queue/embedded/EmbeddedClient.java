package io.trifold.queue.embedded;

import java.io.OutputStream;
import java.nio.file.Path;

/** A mount as far as the embedded server sees it: joins, and leaves when its input ends. */
final class EmbeddedClient {
  private EmbeddedClient() {}

  public static void main(String[] arguments) throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.join(Path.of(arguments[0]))) {
      System.out.println(postgres.settings().jdbcUrl());
      System.in.transferTo(OutputStream.nullOutputStream());
    }
    System.out.println("left");
  }
}
