package io.trifold.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A wiki of two hosts, used through its web interface. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"kernel", "jnr"})
class DokuWikiIT {
  /** What the example's rules bind to the shared storage. */
  private static final List<String> SHARED =
      List.of("data/media", "data/media_attic", "data/media_meta", "data/locks");

  private static final List<String> FORM_FIELDS =
      List.of("sectok", "rev", "date", "prefix", "suffix", "changecheck", "target");

  @TempDir static Path directory;

  @Parameter String transport;

  private static TwoHosts farm;
  private static WebServer first;
  private static WebServer second;

  @BeforeParameterizedClassInvocation
  static void serve(String transport) throws Exception {
    Requirements.mounts();
    Requirements.programs("php", "apt-get");
    Path home = directory.resolve(transport);
    String rules = Files.readString(Commands.TOP.resolve("examples/dokuwiki.rules"));
    farm = TwoHosts.in(home, transport, rules);
    Path firstRoot = farm.first().root();
    Path secondRoot = farm.second().root();
    Commands.succeed(List.of("scripts/dokuwiki", firstRoot.toString()));
    Files.createDirectories(farm.shared().resolve("data"));
    for (String path : SHARED) {
      Commands.succeed(
          List.of("mv", firstRoot.resolve(path).toString(), farm.shared().resolve("data") + "/"));
    }
    Commands.succeed(List.of("cp", "-a", firstRoot + "/.", secondRoot.toString()));
    farm.mount();
    first = WebServer.of(farm.first());
    second = WebServer.of(farm.second());
  }

  @AfterParameterizedClassInvocation
  static void takeAway() throws Exception {
    for (WebServer server : new WebServer[] {first, second}) {
      if (server != null) {
        server.stop();
      }
    }
    if (farm != null) {
      farm.stop();
    }
  }

  @Test
  void aPageSavedOnOneHostIsServedByTheOther() throws Exception {
    save(first, "farm:hello", "Saved on **host1**");

    Eventually.passes(
        () -> assertThat(page(second, "farm:hello")).contains("<strong>host1</strong>"));
  }

  @Test
  void aPageEditedOnEachHostInTurnHasAllItsRevisionsOnBoth() throws Exception {
    save(first, "farm:turns", "one");
    Eventually.passes(() -> assertRevisions(farm.second(), 1));
    // The wiki names revisions by the second.
    Thread.sleep(1000);
    save(second, "farm:turns", "two");

    for (Host host : List.of(farm.first(), farm.second())) {
      Eventually.passes(() -> assertRevisions(host, 2));
    }
    for (WebServer server : List.of(first, second)) {
      Eventually.passes(() -> assertThat(source(server, "farm:turns")).contains("two"));
    }
  }

  /** The page's old texts and the list of its changes, as the wiki keeps them beside the page. */
  private static void assertRevisions(Host host, int count) throws IOException {
    assertThat(host.root().resolve("data/pages/farm/turns.txt")).exists();
    assertThat(host.root().resolve("data/meta/farm/turns.changes")).content().hasLineCount(count);
    try (Stream<Path> attic = Files.list(host.root().resolve("data/attic/farm"))) {
      assertThat(attic.filter(file -> file.toString().contains("turns."))).hasSize(count);
    }
  }

  @Test
  void aFileUploadedOnOneHostIsServedByTheOtherAndKeptOnce() throws Exception {
    String picture = "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0h9\"/></svg>";

    HttpResponse<String> answer =
        second.upload(
            "doku.php?do=media&ns=farm",
            Map.of("sectok", "", "ns", "farm", "mediaid", "picture.svg"),
            "picture.svg",
            picture);

    assertThat(answer.body()).contains("class=\"success\"");
    assertThat(first.download("lib/exe/fetch.php?media=farm:picture.svg"))
        .asString()
        .isEqualTo(picture);
    assertThat(farm.shared().resolve("data/media/farm/picture.svg")).hasContent(picture);
  }

  @Test
  void aSettingChangedOnOneHostHoldsOnTheOther() throws Exception {
    Path settings = farm.first().root().resolve("conf/local.php");
    Files.writeString(settings, Files.readString(settings) + "$conf['title'] = 'Renamed';\n");

    Eventually.passes(() -> assertThat(page(second, "start")).contains("Renamed"));
  }

  @Test
  void renderedPagesStayOnTheHostThatRenderedThem() throws Exception {
    save(first, "farm:cached", "rendered on one host");
    page(first, "farm:cached");

    assertThat(cached(farm.first())).isNotEmpty();
    assertThat(cached(farm.second())).doesNotContainAnyElementsOf(cached(farm.first()));
  }

  private static List<String> cached(Host host) throws IOException {
    Path cache = host.root().resolve("data/cache");
    try (Stream<Path> walk = Files.walk(cache)) {
      return walk.map(file -> cache.relativize(file).toString())
          .filter(name -> name.endsWith(".xhtml"))
          .toList();
    }
  }

  private static String page(WebServer server, String id) throws Exception {
    return server.get("doku.php?id=" + id).body();
  }

  /** The text as the editor shows it. */
  private static String source(WebServer server, String id) throws Exception {
    return server.get("doku.php?do=export_raw&id=" + id).body();
  }

  /** Opens the editor, changes the text, saves. */
  private static void save(WebServer server, String id, String text) throws Exception {
    String editor = server.get("doku.php?do=edit&id=" + id).body();
    Map<String, String> form = new LinkedHashMap<>();
    for (String field : FORM_FIELDS) {
      form.put(field, hidden(editor, field));
    }
    form.put("wikitext", text);
    form.put("do[save]", "1");
    assertThat(server.post("doku.php?id=" + id, form).statusCode()).isEqualTo(302);
  }

  private static String hidden(String html, String field) {
    Matcher input = Pattern.compile("name=\"" + field + "\" value=\"([^\"]*)\"").matcher(html);
    assertThat(input.find()).as("the form's field %s in %s", field, html).isTrue();
    return input.group(1);
  }
}
