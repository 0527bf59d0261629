--TEST--
When the store or a setting is broken session_start() returns false with a sentence, and the cookie is left alone
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
$sid = $browser->sid();
$ask = 'var_dump(session_start(), session_status() === PHP_SESSION_NONE); echo "the request lives\n";';
echo "a store in a directory that others can enter:\n";
chmod("$site->directory/store", 0755);
$response = $browser->get($ask);
echo $response;
var_dump($response->cookie());
chmod("$site->directory/store", 0700);
echo "settings that contradict each other:\n";
echo $browser->get($ask, ini: ['sidereal.idle_timeout' => '60', 'sidereal.grace' => '100', 'sidereal.touch_interval' => '10', 'sidereal.alarm_after' => '100']);
echo "as ever:\n";
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
var_dump($browser->sid() === $sid);
?>
--EXPECTF--
a store in a directory that others can enter:

Warning: session_start(): Sidereal: expected a directory of uid %d with mode 0700 and no symbolic link at %s/store%S, found mode 0755, which lets others in; chmod it to 0700 in %s on line %d

Warning: session_start(): Failed to initialize storage module: sidereal (path: %S) in %s on line %d
bool(false)
bool(true)
the request lives
NULL
settings that contradict each other:

Warning: session_start(): Sidereal: expected sidereal.grace to be shorter than sidereal.idle_timeout, found 100 seconds; change one of the two in %s on line %d

Warning: session_start(): Failed to initialize storage module: sidereal (path: %S) in %s on line %d
bool(false)
bool(true)
the request lives
as ever:
1
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
