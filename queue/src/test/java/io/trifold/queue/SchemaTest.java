package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SchemaTest {
  @Test
  void knowsItsNewestMigration() throws Exception {
    URI migrations = Schema.class.getResource("migration").toURI();
    try (Stream<Path> files = Files.list(Path.of(migrations))) {
      assertThat(files.map(file -> file.getFileName().toString().replaceFirst("V(\\d+)__.*", "$1")))
          .contains(Schema.NEWEST)
          .allSatisfy(
              version ->
                  assertThat(Integer.parseInt(version))
                      .isLessThanOrEqualTo(Integer.parseInt(Schema.NEWEST)));
    }
  }
}
