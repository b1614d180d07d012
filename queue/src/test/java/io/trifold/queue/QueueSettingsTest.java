package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.QueueException.Refused;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueueSettingsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://h/db?password=SECRET",
        "jdbc:postgresql://h/db?user=u&password=SECRET&sslpassword=SECRET&x=y",
        "jdbc:postgresql://u:SECRET@h:5432/db",
        "mysql://u:SECRET@h/db?PASSWORD=SECRET"
      })
  void passwordsAreNeverShown(String url) {
    QueueSettings settings = new QueueSettings(url, Optional.of("u"), Optional.of("SECRET"));
    assertThat(settings.shownUrl()).doesNotContain("SECRET").contains("***");
    assertThat(settings.toString()).doesNotContain("SECRET").contains("as u");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgres://h/db",
        "jdbc:mysql://h/db?password=SECRET",
        "",
        "jdbc:postgresql://h:port/db?password=SECRET"
      })
  void aUrlThatIsNotOfPostgresIsRefusedOnOneLine(String url) throws Exception {
    assertThatThrownBy(() -> Connections.dataSource(new QueueSettings(url), "test"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is not a PostgreSQL URL")
        .hasMessageNotContaining("SECRET")
        .hasMessageNotContaining("\n");
  }
}
