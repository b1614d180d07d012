package io.trifold.rules;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The preset against the table of the application's own bindings. */
class ComposrPresetTest {

  @ParameterizedTest
  @CsvSource({
    "index.php, LOCAL",
    "sources/global.php, LOCAL",
    "sources_custom/hooks/x.php, LOCAL",
    "_config.php, LOCAL",
    "caches/self_learning/x.gcd, LOCAL",
    "themes/default/templates/GLOBAL_HTML_WRAP.tpl, LOCAL",
    "themes/default/css_cached/x.css, LOCAL",
    "data_custom/errorlog.php, LOG",
    "data_custom/cron.log, LOG",
    "data_custom/.log, LOG",
    "data_custom/execute_temp.php, LOCAL",
    "data_custom/xml_config/fields.xml, PROPAGATED",
    "data_custom/xml_config/deeper/still.xml, PROPAGATED",
    "lang_custom/EN/global.ini, PROPAGATED",
    "text_custom/EN/rules.txt, PROPAGATED",
    "pages/comcode_custom/EN/start.txt, PROPAGATED",
    "site/pages/comcode_custom/EN/start.txt, PROPAGATED",
    "adminzone/pages/comcode_custom/EN/start.txt, PROPAGATED",
    "any_new_zone/pages/comcode_custom/EN/start.txt, PROPAGATED",
    "site/pages/comcode/EN/start.txt, LOCAL",
    "deep/site/pages/comcode_custom/EN/start.txt, LOCAL",
    "themes/default/css_custom/global.css, PROPAGATED",
    "themes/default/images_custom/logo.png, PROPAGATED",
    "themes/mine/javascript_custom/x.js, PROPAGATED",
    "themes/mine/templates_custom/GLOBAL.tpl, PROPAGATED",
    "themes/css_custom/global.css, LOCAL",
    "themes/a/b/css_custom/global.css, LOCAL",
    "data_custom/modules/admin_backup/b.tar, REMOTE",
    "data_custom/modules/user_export/u.csv, REMOTE",
    "data_custom/modules/other/u.csv, LOCAL",
    "data_custom/sitemaps/index.xml, REMOTE",
    "data_custom/spelling/output.log, REMOTE",
    "temp/x, REMOTE",
    "exports/file_backups/x.php, REMOTE",
    "imports/x, REMOTE",
    "uploads/attachments/a.dat, REMOTE",
    "uploads/website_specific/errors.log, REMOTE",
    "site/uploads/a.dat, LOCAL",
  })
  void bindsAFileAsTheApplicationDoes(String path, Binding binding) throws RuleException {
    assertThat(RuleSet.preset("composr").at(path).file().binding()).isEqualTo(binding);
  }

  @ParameterizedTest
  @CsvSource({
    "caches/lang/EN/global.lcd, true",
    "themes/default/css_cached/x.css, true",
    "themes/mine/templates_cached/EN/GLOBAL.tcp, true",
    "themes/mine/templates/GLOBAL.tpl, false",
    "sources/global.php, false",
  })
  void clearingACacheClearsItOnAllHosts(String path, boolean broadcast) throws RuleException {
    assertThat(RuleSet.preset("composr").at(path).file().options().broadcastDeletes())
        .isEqualTo(broadcast);
  }

  @ParameterizedTest
  @CsvSource({
    "uploads, REMOTE, false",
    "uploads/attachments, REMOTE, false",
    "lang_custom, PROPAGATED, false",
    "site/pages/comcode_custom, PROPAGATED, false",
    "data_custom, LOCAL, true",
    "data_custom/modules, LOCAL, true",
    "themes, LOCAL, false",
    "themes/default, LOCAL, false",
    "site, LOCAL, false",
  })
  void bindsADirectoryAndSaysWhetherItIsMixed(String path, Binding binding, boolean mixed)
      throws RuleException {
    RuleState state = RuleSet.preset("composr").at(path);

    assertThat(state.directory().binding()).isEqualTo(binding);
    assertThat(state.mixed()).isEqualTo(mixed);
  }

  @Test
  void theRootIsLocalAndMixed() throws RuleException {
    RuleState root = RuleSet.preset("composr").root();

    assertThat(root.directory().rule()).isSameAs(Rule.DEFAULT);
    assertThat(root.mixed()).isTrue();
  }

  @Test
  void theBindingsOfDirectoriesHoldForFilesOfThatNameNot() throws RuleException {
    assertThat(RuleSet.preset("composr").at("uploads").file().binding()).isEqualTo(Binding.LOCAL);
  }

  @Test
  void theErrorLogOfPhpIsNeverSentToTheOtherHosts() throws RuleException {
    LogOptions errors =
        RuleSet.preset("composr").at("data_custom/errorlog.php").file().options().log();

    assertThat(errors.cloudAllowed()).isFalse();
    assertThat(errors.targets()).containsExactly(LogTarget.FILE);
  }
}
