package io.trifold.queue.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.QueueException.Refused;
import org.junit.jupiter.api.Test;

class BinariesTest {
  @Test
  void thereAreProgramsForTwoMachinesOnly() throws Exception {
    assertThat(Binaries.class.getResource("/" + Binaries.archive("Linux", "amd64"))).isNotNull();
    assertThat(Binaries.class.getResource("/" + Binaries.archive("Linux", "aarch64"))).isNotNull();
    assertThatThrownBy(() -> Binaries.archive("Linux", "riscv64"))
        .isInstanceOf(Refused.class)
        .hasMessage("there is no embedded PostgreSQL for Linux riscv64: give --queue JDBC-URL");
    assertThatThrownBy(() -> Binaries.archive("Mac OS X", "aarch64")).isInstanceOf(Refused.class);
  }

  @Test
  void theBuildTellsTheirVersion() throws Exception {
    assertThat(Binaries.version()).matches("[0-9]+\\.[0-9.]+");
    assertThat(Binaries.majorVersion()).matches("[0-9]+");
  }
}
