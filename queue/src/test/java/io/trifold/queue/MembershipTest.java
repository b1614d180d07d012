package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MembershipTest {
  @ParameterizedTest
  @ValueSource(strings = {"web1", "1", "web-1.example.org", "A_b"})
  void aHostHasANameThatFitsEverywhere(String name) {
    assertThat(TestPostgres.membership(name).host()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-web", ".", "a b", "a/b", "ü", "a\n"})
  void anyOtherNameIsRefusedOnOneLine(String name) {
    assertThatThrownBy(() -> TestPostgres.membership(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("host name \"");
  }
}
