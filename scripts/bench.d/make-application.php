<?php
// Writes a PHP application of common shape into the directory of its argument: a front controller, a few hundred classes
// of which each page includes 140, ten templates a page, and 200 looks for overrides that do not exist.

const CLASSES = 400;
const COMMON = 100;
const PER_PAGE = 40;
const TEMPLATES = 10;
const PAGES = 20;

$root = $argv[1];

function write(string $path, string $content): void
{
    @mkdir(dirname($path), 0755, true);
    file_put_contents($path, $content);
}

function class_path(int $number): string
{
    return sprintf('lib/module%02d/Service%03d.php', $number % 20, $number);
}

for ($class = 0; $class < CLASSES; $class++) {
    $methods = '';
    for ($method = 0; $method < 12; $method++) {
        $methods .= <<<PHP

                /** Answers for part $method of service $class. */
                public function answer$method(array \$context, string \$prefix = 'service-$class-$method'): string
                {
                    \$parts = [];
                    foreach (\$context as \$key => \$value) {
                        \$parts[] = \$prefix . ':' . \$key . '=' . (is_array(\$value) ? count(\$value) : (string) \$value);
                    }
                    return implode(';', \$parts);
                }

            PHP;
    }
    $name = sprintf('Service%03d', $class);
    write("$root/" . class_path($class), "<?php\n\nfinal class $name\n{\n$methods}\n");
}

for ($page = 0; $page < PAGES; $page++) {
    for ($template = 0; $template < TEMPLATES; $template++) {
        write(
            sprintf('%s/templates/page%02d/part%02d.phtml', $root, $page, $template),
            str_repeat("<div class=\"part\"><h2>Part $template of page $page</h2><p><?= \$answer ?></p></div>\n", 12)
        );
    }
}

$classes = CLASSES;
$common = COMMON;
$perPage = PER_PAGE;
$templates = TEMPLATES;
$pages = PAGES;
write("$root/index.php", <<<PHP
    <?php
    \$page = mt_rand(0, $pages - 1);
    \$used = range(0, $common - 1);
    for (\$i = 0; \$i < $perPage; \$i++) {
        \$used[] = $common + (\$page * 37 + \$i) % ($classes - $common);
    }
    foreach (\$used as \$class) {
        \$path = sprintf('lib/module%02d/Service%03d.php', \$class % 20, \$class);
        file_exists(__DIR__ . "/custom/\$path");
        include_once __DIR__ . "/\$path";
    }
    ob_start();
    for (\$part = 0; \$part < $templates; \$part++) {
        \$path = sprintf('templates/page%02d/part%02d.phtml', \$page, \$part);
        for (\$theme = 0; \$theme < 6; \$theme++) {
            file_exists(__DIR__ . "/themes/theme\$theme/\$path");
        }
        \$name = sprintf('Service%03d', \$used[\$part]);
        \$answer = (new \$name())->answer1(['page' => \$page, 'part' => \$part]);
        include __DIR__ . "/\$path";
    }
    echo ob_get_clean();

    PHP);
