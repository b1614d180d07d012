package io.trifold.replica;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Two hosts of a farm, from before each test until after it. */
abstract class TwoHosts {
  @TempDir Path directory;
  final MemoryFarm farm = new MemoryFarm();
  Host one;
  Host two;

  @BeforeEach
  void start() throws Exception {
    one = new Host("one", directory, farm.source()).start();
    two = new Host("two", directory, farm.source()).start();
  }

  @AfterEach
  void stop() {
    farm.faults = MemoryFarm.Faults.NONE;
    one.close();
    two.close();
  }
}
