--TEST--
A setting that makes no sense is refused with a sentence, and cannot be changed by the application
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$ask = 'var_dump(session_start());';
$site->ini['display_startup_errors'] = '0';
$bad = [
    'sidereal.profile' => 'paranoid',
    'sidereal.idle_timeout' => '30m',
    'sidereal.lock_failure' => 'ignore',
    'sidereal.regenerate' => 'never',
    'sidereal.log' => 'stdout',
    'sidereal.store' => 'mysql://user:secret@host',
    'session.save_path' => 'redis://host:port',
    'sidereal.store_password_file' => 'secret-file',
    'sidereal.keyring' => 'keys',
    'sidereal.max_payload' => '-1',
    'sidereal.rotate_interval' => '1',
];
foreach ($bad as $name => $value) {
    $body = $site->browser()->get($ask, ini: [$name => $value])->body;
    preg_match('/Sidereal: (.*) in /', $body, $found);
    echo $found[1], "\n";
    var_dump(str_ends_with($body, "bool(false)\n"), str_contains($body, 'secret'));
}
echo "when PHP starts:\n";
echo $site->browser()->get('', ini: ['sidereal.profile' => 'paranoid', 'display_startup_errors' => '1']);
echo "by the application:\n";
echo $site->browser()->get('var_dump(ini_set("sidereal.profile", "low"), ini_get("sidereal.profile"));');
echo "memory is for the command line:\n";
echo $site->browser()->get($ask, ini: ['sidereal.store' => 'memory:']);
?>
--EXPECTF--
expected sidereal.profile to be standard, high or low, found "paranoid"; set one of these
bool(true)
bool(false)
expected sidereal.idle_timeout to be a whole number of seconds, found "30m"; write digits only, or leave it empty for the profile's
bool(true)
bool(false)
expected sidereal.lock_failure to be fail or read-only, found "ignore"; set one of the two
bool(true)
bool(false)
expected sidereal.regenerate to be elevate or rotate, found "never"; set one of the two
bool(true)
bool(false)
expected sidereal.log to be none, stderr, syslog or file:/absolute/path, found "stdout"; set one of these
bool(true)
bool(false)
expected sidereal.store to be sqlite:/absolute/directory, the address of a Redis or Valkey store such as redis://host:6379, or memory:, found mysql:...; set one of these, or leave it empty for the default directory
bool(true)
bool(false)
expected the address of a Redis or Valkey store, such as redis://127.0.0.1:6379 (sidereal.store, session.save_path), found a port that is not a number from 1 to 65535; write host:6379, and percent-encode the special characters of a password
bool(true)
bool(false)
expected sidereal.store_password_file to be the absolute path of a file with the password of the store's server, found "secret-file"; give the whole path, or leave it empty
bool(true)
bool(true)
expected sidereal.keyring to be the absolute path of a keyring file, found "keys"; give the whole path, or leave it empty for the default beside the store
bool(true)
bool(false)
expected sidereal.max_payload to be a whole number without a unit, found "-1"; write digits only
bool(true)
bool(false)
expected sidereal.rotate_interval to be 0 (off) or at least 60 seconds, found 1 seconds; change one of the two
bool(true)
bool(false)
when PHP starts:

Warning: PHP Startup: Sidereal: expected sidereal.profile to be standard, high or low, found "paranoid"; set one of these in Unknown on line 0
by the application:
bool(false)
string(8) "standard"
memory is for the command line:

Warning: session_start(): Sidereal: expected sidereal.store to be a place that all workers share, found memory:, which is for the command line; set sidereal.store = "sqlite:/absolute/directory", or leave it empty for the default directory in %s on line %d

Warning: session_start(): Failed to initialize storage module: sidereal (path: %S) in %s on line %d
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
