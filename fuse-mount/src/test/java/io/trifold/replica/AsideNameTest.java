package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.queue.Change;
import io.trifold.queue.Digest;
import io.trifold.queue.Metadata;
import io.trifold.rules.FileNames;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AsideNameTest {
  /** 2021-02-03 04:05:06. */
  private static final Metadata METADATA = new Metadata(0644, "www", "www", 1_612_325_106, 7);

  private static Optional<String> aside(String path, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    return AsideName.of(
        new Change.PutFile(
            path, METADATA, bytes.length, Digest.sha256(bytes), new Change.Content.Inline(bytes)),
        "web2");
  }

  @ParameterizedTest
  @CsvSource({
    "page.html, page.conflict-web2-20210203-040506-2d711642.html",
    "a/b.c/page, a/b.c/page.conflict-web2-20210203-040506-2d711642",
    "a/.htaccess, a/.htaccess.conflict-web2-20210203-040506-2d711642",
    "x.tar.gz, x.tar.conflict-web2-20210203-040506-2d711642.gz",
  })
  void itSaysHostAndTimeAndKeepsTheExtension(String path, String beside) {
    assertThat(aside(path, "x")).hasValue(beside);
  }

  @Test
  void theSameVersionHasTheSameNameAndAnotherOneAnother() {
    assertThat(aside("a", "1")).isEqualTo(aside("a", "1")).isNotEqualTo(aside("a", "2"));
  }

  @Test
  void aLongNameIsShortenedToWhatTheKernelTakes() {
    String path = "d/" + "ä".repeat(125) + ".html";
    String beside = aside(path, "x").orElseThrow();
    assertThat(beside).endsWith(".conflict-web2-20210203-040506-2d711642.html");
    assertThat(FileNames.encode(beside.substring(2)).length).isBetween(250, 255);
  }

  @Test
  void whatHasNoContentOrNoRoomHasNone() {
    assertThat(AsideName.of(new Change.Delete("a"), "web2")).isEmpty();
    assertThat(AsideName.of(new Change.PutDirectory("a", METADATA), "web2")).isEmpty();
    assertThat(aside("a." + "e".repeat(250), "x")).isEmpty();
  }
}
