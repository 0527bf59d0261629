--TEST--
A35: Debian's php.ini, for production and for development, gives exactly these findings
--SKIPIF--
<?php
require __DIR__ . '/debian.inc';
if (!debian_ini()) {
    die('skip Debian\'s php.ini is not here');
}
?>
--FILE--
<?php
require __DIR__ . '/../requirements/audit.inc';
require __DIR__ . '/debian.inc';
$site = new Site(__FILE__);
putenv('PHP_INI_SCAN_DIR=');
mkdir("$site->directory/files", 0700);
$code = 'foreach (Sidereal\Audit::run()->findings as $f) { echo "{$f->severity->value} $f->id\n"; }';
foreach (debian_ini() as $ini) {
    // Where the files are is not what the test is about: only the place is ours.
    $settings = ['extension=' . Site::extension(), "session.save_path=$site->directory/files", 'display_startup_errors=0'];
    $flags = implode(' ', array_map(fn ($setting) => '-d ' . escapeshellarg($setting), $settings));
    $found[] = shell_exec(escapeshellarg(PHP_BINARY) . ' -c ' . escapeshellarg($ini) . " $flags -d display_errors=0 -r " . escapeshellarg($code));
}
var_dump(count(array_unique($found)) === 1);
$lines = explode("\n", trim($found[0]));
// PHP 8.4 warns of sid_length and sid_bits_per_character where php.ini still sets them; whether uploads report progress is PHP's default.
echo implode("\n", array_diff($lines, ['warning deprecated-setting', 'warning upload-progress'])), "\n";
$default = trim(shell_exec(escapeshellarg(PHP_BINARY) . ' -n -r ' . escapeshellarg('echo ini_get("session.upload_progress.enabled");')));
var_dump(in_array('warning upload-progress', $lines) === ($default === '1'));
$sets = preg_match_all('/^session\.(sid_length|sid_bits_per_character)/m', file_get_contents(debian_ini()[0]));
var_dump(count(array_keys($lines, 'warning deprecated-setting')) === (PHP_VERSION_ID >= 80400 ? $sets : 0));
?>
--EXPECT--
bool(true)
error save-handler
error strict-mode
error cookie-httponly
error cookie-secure
warning gc-lifetime
warning cookie-samesite
note serializer
note cookie-name
bool(true)
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
