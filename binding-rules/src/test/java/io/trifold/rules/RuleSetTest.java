package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleSetTest {

  private static RuleSet parse(String... lines) throws RuleException {
    return RuleSet.parse("app.rules", String.join("\n", lines));
  }

  private static Binding file(RuleSet rules, String path) {
    return rules.at(path).file().binding();
  }

  @Nested
  @DisplayName("Of the rules that match")
  class Deciding {
    @Test
    void theLastDecides() throws RuleException {
      RuleSet rules = parse("remote uploads/", "local *.php", "log *.log");

      assertThat(file(rules, "uploads/a.jpg")).isEqualTo(Binding.REMOTE);
      assertThat(file(rules, "uploads/a.php")).isEqualTo(Binding.LOCAL);
      assertThat(file(rules, "uploads/a.log")).isEqualTo(Binding.LOG);
      assertThat(file(rules, "a.jpg")).isEqualTo(Binding.LOCAL);
    }

    @Test
    void aLaterMatchOfADirectoryAboveDecidesOverAnEarlierOneBelow() throws RuleException {
      RuleSet rules = parse("local *.php", "remote uploads/");

      assertThat(file(rules, "uploads/a.php")).isEqualTo(Binding.REMOTE);
    }

    @Test
    void aMatchOfADirectoryBindsTheDirectoryAndAllBelow() throws RuleException {
      RuleSet rules = parse("propagated data/");

      assertThat(rules.at("data").directory().binding()).isEqualTo(Binding.PROPAGATED);
      assertThat(rules.at("data/a/b").directory().binding()).isEqualTo(Binding.PROPAGATED);
      assertThat(file(rules, "data/a/b/c")).isEqualTo(Binding.PROPAGATED);
    }

    @Test
    void aPatternThatEndsInASlashMatchesNoFile() throws RuleException {
      RuleSet rules = parse("remote data/");

      assertThat(rules.at("data").file().rule()).isEqualTo(Rule.DEFAULT);
      assertThat(rules.at("data").directory().binding()).isEqualTo(Binding.REMOTE);
    }

    @Test
    void theDecisionNamesRuleAndPlaceAndOptions() throws RuleException {
      Decision decision =
          parse("# first", "remote  *.jpg\tcache=500ms   timeout=5m # big").at("x/a.jpg").file();

      assertThat(decision.rule().place()).isEqualTo("app.rules:2");
      assertThat(decision.rule()).hasToString("remote *.jpg cache=500ms timeout=5m");
      assertThat(decision.options().cache()).hasMillis(500);
      assertThat(decision.options().timeout()).hasMinutes(5);
    }

    @Test
    void whereNoneMatchesItIsLocalByDefault() throws RuleException {
      Decision decision = parse("remote a").at("b").file();

      assertThat(decision.binding()).isEqualTo(Binding.LOCAL);
      assertThat(decision.rule()).isSameAs(Rule.DEFAULT).hasToString("local");
      assertThat(decision.rule().place()).isEqualTo("default");
    }
  }

  @Nested
  @DisplayName("A directory is mixed")
  class Mixed {
    @ParameterizedTest
    @CsvSource(
        delimiter = ';',
        value = {
          "remote uploads/ ; '' ; true",
          "remote uploads/ ; uploads ; false",
          "remote uploads/ ; other ; true",
          "remote /uploads/ ; other ; false",
          "remote /a/b/c ; a ; true",
          "remote /a/b/c ; a/b ; true",
          "remote /a/b/c ; a/b/c ; false",
          "remote /a/b/c ; b ; false",
          "propagated *.css ; x ; false",
          "remote *.jpg ; any/where ; true",
          "remote *.jpg|local uploads/ ; uploads ; false",
          "remote uploads/|local *.php ; uploads ; true",
          "local *.php|remote uploads/ ; uploads ; false",
        })
    void ifALaterRuleBindsSomethingBelowToTheOtherSide(String lines, String path, boolean mixed)
        throws RuleException {
      RuleSet rules = parse(lines.replace('|', '\n'));

      assertThat(rules.at(path.strip()).mixed()).isEqualTo(mixed);
    }
  }

  @Nested
  @DisplayName("The text of a rule file")
  class Text {
    @Test
    void hasCommentsAndEmptyLines() throws RuleException {
      RuleSet rules = parse("# one", "", "  \t", "   # two", "local a # three", "local b#c");

      assertThat(rules.rules()).extracting(Rule::pattern).containsExactly("a", "b#c");
      assertThat(rules.rules()).extracting(Rule::line).containsExactly(5, 6);
    }

    @Test
    void escapesSpacesAndSpecialCharacters() throws RuleException {
      RuleSet rules = parse("remote my\\ file", "log \\#x", "propagated \\!y", "remote a\\*b\\ ");

      assertThat(file(rules, "my file")).isEqualTo(Binding.REMOTE);
      assertThat(file(rules, "#x")).isEqualTo(Binding.LOG);
      assertThat(file(rules, "!y")).isEqualTo(Binding.PROPAGATED);
      assertThat(file(rules, "a*b ")).isEqualTo(Binding.REMOTE);
      assertThat(file(rules, "axb ")).isEqualTo(Binding.LOCAL);
      assertThat(rules.rules().get(3)).hasToString("remote a\\*b\\ ");
    }

    @Test
    void mayComeFromAnotherSystem(@TempDir Path folder) throws Exception {
      Path file = folder.resolve("dos.rules");
      Files.writeString(file, "\uFEFFremote a\r\nlocal b\r\n\r\nlog c");

      assertThat(RuleSet.load(file).rules())
          .extracting(Rule::toString)
          .containsExactly("remote a", "local b", "log c");
    }

    @Test
    void isRefusedIfItIsNotUtf8(@TempDir Path folder) throws Exception {
      Path file = folder.resolve("latin.rules");
      Files.write(file, "local a\nlocal né\n".getBytes(StandardCharsets.ISO_8859_1));

      assertThatThrownBy(() -> RuleSet.load(file))
          .isInstanceOf(RuleException.class)
          .hasMessage(
              file
                  + ":2:8: not UTF-8; save the file as UTF-8, and match a name that is not with ?"
                  + " or *");
    }

    @Test
    void bracesAreOrdinaryCharacters() throws RuleException {
      assertThat(file(parse("remote {a,b}"), "{a,b}")).isEqualTo(Binding.REMOTE);
      assertThat(file(parse("remote {a,b}"), "a")).isEqualTo(Binding.LOCAL);
    }

    @Test
    void matchesNamesThatAreNotUtf8ByWildcards() throws RuleException {
      String name = FileNames.decode(new byte[] {'n', (byte) 0xe9});

      assertThat(file(parse("remote n?"), name)).isEqualTo(Binding.REMOTE);
      assertThat(file(parse("remote n[!a]"), name)).isEqualTo(Binding.REMOTE);
      assertThat(file(parse("remote né"), name)).isEqualTo(Binding.LOCAL);
    }
  }

  @Nested
  @DisplayName("An include")
  class Include {
    @TempDir Path folder;

    private Path write(String name, String text) throws IOException {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      return Files.writeString(file, text);
    }

    @Test
    void standsForTheRulesOfTheFileInItsPlace() throws Exception {
      Path top = write("app.rules", "local a\ninclude sub/more.rules\nlocal z\n");
      write("sub/more.rules", "include deep\\ er.rules\nremote m\n");
      write("sub/deep er.rules", "remote d\n");

      List<Rule> rules = RuleSet.load(top).rules();

      assertThat(rules).extracting(Rule::pattern).containsExactly("a", "d", "m", "z");
      assertThat(rules).extracting(Rule::number).containsExactly(0, 1, 2, 3);
      assertThat(rules.get(1).place()).isEqualTo(folder.resolve("sub/deep er.rules") + ":1");
    }

    @Test
    void keepsPatternsAnchoredToTheRoot() throws Exception {
      Path top = write("app.rules", "include sub/more.rules\n");
      write("sub/more.rules", "remote /m\n");

      assertThat(file(RuleSet.load(top), "m")).isEqualTo(Binding.REMOTE);
      assertThat(file(RuleSet.load(top), "sub/m")).isEqualTo(Binding.LOCAL);
    }

    @ParameterizedTest
    @CsvSource({"include preset:composr", "include composr"})
    void takesAPreset(String line) throws Exception {
      RuleSet rules = RuleSet.load(write("app.rules", line + "\nlocal /uploads/tmp/\n"));

      assertThat(file(rules, "uploads/x")).isEqualTo(Binding.REMOTE);
      assertThat(file(rules, "uploads/tmp/x")).isEqualTo(Binding.LOCAL);
      assertThat(rules.at("uploads/x").file().rule().file()).isEqualTo("preset:composr");
    }

    @Test
    void takesAFileBesideItRatherThanAPreset() throws Exception {
      write("composr", "log only\n");

      assertThat(RuleSet.load(write("app.rules", "include composr\n")).rules())
          .extracting(Rule::toString)
          .containsExactly("log only");
    }

    @Test
    void mayNameOneFileTwice() throws Exception {
      write("x.rules", "remote x\n");

      assertThat(RuleSet.load(write("app.rules", "include x.rules\ninclude x.rules\n")).rules())
          .hasSize(2);
    }

    @Test
    void ofItselfIsAnError() throws Exception {
      Path a = write("a.rules", "include b.rules\n");
      Path b = write("b.rules", "local x\n  include ./sub/../c.rules\n");
      Files.createDirectory(folder.resolve("sub"));
      Path c = folder.resolve("c.rules");
      Files.createSymbolicLink(c, a);

      assertThatThrownBy(() -> RuleSet.load(a))
          .isInstanceOf(RuleException.class)
          .hasMessage(
              b
                  + ":2:11: includes itself: "
                  + a
                  + " includes "
                  + b
                  + " includes "
                  + folder.resolve("./sub/../c.rules")
                  + "; remove one of these includes");
    }

    @Test
    void cannotMultiplyWithoutEnd() throws Exception {
      for (int i = 0; i < 40; i++) {
        String next = "include " + (i + 1) + ".rules\n";
        write(i + ".rules", next + next);
      }
      write("40.rules", "");

      assertThatThrownBy(() -> RuleSet.load(folder.resolve("0.rules")))
          .isInstanceOf(RuleException.class)
          .hasMessageContaining("more than 1000 files are included");
    }

    @Test
    void ofADirectoryIsAnError() throws Exception {
      Path top = write("app.rules", "include ./sub/\n");
      Files.createDirectory(folder.resolve("sub"));

      assertThatThrownBy(() -> RuleSet.load(top))
          .isInstanceOf(RuleException.class)
          .hasMessageStartingWith(top + ":1:9: the rule file \"" + folder.resolve("./sub"));
    }
  }

  @Test
  void readsAFileOrAPresetByOneWord(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("x.rules"), "local a\n");

    assertThat(RuleSet.named(file.toString()).rules()).hasSize(1);
    assertThat(RuleSet.named("composr").rules()).isEqualTo(RuleSet.preset("composr").rules());
    assertThat(RuleSet.named("preset:composr").rules()).isEqualTo(RuleSet.named("composr").rules());
  }

  @Test
  void pathsThatTheRulesCannotTellApartShareTheirState() throws RuleException {
    RuleSet rules = parse("remote uploads/", "local *.php");

    assertThat(rules.at("some/where")).isSameAs(rules.at("else/where/deeper"));
    assertThat(rules.at("/some//where/")).isSameAs(rules.at("some/where"));
  }
}
