package io.trifold.farm;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** A host {@code web1} without a mount. */
record UnmountedFarmHost(Path root) implements FarmHost {
  @Override
  public String name() {
    return "web1";
  }

  @Override
  public long position() {
    return 0;
  }

  @Override
  public boolean awaitSent(Duration limit) {
    return true;
  }

  @Override
  public void delete(String path, boolean below) {
    throw new UnsupportedOperationException("without a mount");
  }

  @Override
  public String reloadRules() {
    throw new UnsupportedOperationException("without a mount");
  }

  @Override
  public Verified verify(String below, Instant since, Duration limit) {
    throw new UnsupportedOperationException("without a mount");
  }

  @Override
  public void dropKernelCaches() {}
}
