<?php
/**
 * Makes php-fpm compile changed scripts anew, where it does not look at files by itself
 * (opcache.validate_timestamps=0). For a rule with on-apply and this call:
 *
 *   [calls.opcache]
 *   command = ["php", "/etc/trifold/opcache-invalidate.php", "/run/php/php-fpm.sock"]
 *   user = "www-data"
 *   data = "(?s).*"
 *
 * OPcache is in the memory of php-fpm: so the command line's PHP reads the paths, a line each, and
 * asks php-fpm over FastCGI to run this same file, which invalidates them there. The file must be
 * readable to php-fpm, and stand outside of what the web server serves.
 */

if (PHP_SAPI === 'fpm-fcgi') {
    // Nobody comes here through a web server: it gives this parameter to no request.
    if (($_SERVER['TRIFOLD_INVALIDATE'] ?? '') === '') {
        http_response_code(404);
        exit;
    }
    foreach (explode("\n", file_get_contents('php://input')) as $path) {
        if ($path !== '') {
            opcache_invalidate($_SERVER['TRIFOLD_INVALIDATE'] . '/' . $path, true);
            clearstatcache(true);
        }
    }
    echo "invalidated\n";
    exit;
}

function fail(string $message): never
{
    fwrite(STDERR, "$message\n");
    exit(1);
}

function record(int $type, string $content): string
{
    return pack('CCnnCx', 1, $type, 1, strlen($content), 0) . $content;
}

function length(int $n): string
{
    return $n < 128 ? chr($n) : pack('N', $n | 0x80000000);
}

$root = getenv('TRIFOLD_ROOT') ?: fail('TRIFOLD_ROOT is not set: this runs as a call of trifold');
$paths = stream_get_contents(STDIN);
$connection = @stream_socket_client('unix://' . ($argv[1] ?? ''), $errno, $error, 10)
    or fail('php-fpm at ' . ($argv[1] ?? '(no socket named)') . " cannot be reached: $error");
stream_set_timeout($connection, 30);

$parameters = '';
foreach ([
    'SCRIPT_FILENAME' => __FILE__,
    'SCRIPT_NAME' => '/' . basename(__FILE__),
    'REQUEST_METHOD' => 'POST',
    'CONTENT_TYPE' => 'text/plain',
    'CONTENT_LENGTH' => (string) strlen($paths),
    'SERVER_PROTOCOL' => 'HTTP/1.1',
    'GATEWAY_INTERFACE' => 'CGI/1.1',
    'TRIFOLD_INVALIDATE' => $root,
] as $name => $value) {
    $parameters .= length(strlen($name)) . length(strlen($value)) . $name . $value;
}
$request = record(1, pack('nCx5', 1, 0)) . record(4, $parameters) . record(4, '');
foreach (str_split($paths, 32768) as $part) {
    $request .= $part === '' ? '' : record(5, $part);
}
fwrite($connection, $request . record(5, ''));

$output = '';
while (($header = stream_get_contents($connection, 8)) !== false && strlen($header) === 8) {
    ['type' => $type, 'length' => $n, 'padding' => $padding] =
        unpack('Cversion/Ctype/nid/nlength/Cpadding', $header);
    $content = $n > 0 ? stream_get_contents($connection, $n) : '';
    $padding > 0 && stream_get_contents($connection, $padding);
    if ($type === 6) {
        $output .= $content;
    } elseif ($type === 7) {
        fwrite(STDERR, $content);
    } elseif ($type === 3) {
        break;
    }
}
str_ends_with($output, "invalidated\n") or fail("php-fpm answered: " . trim($output));
