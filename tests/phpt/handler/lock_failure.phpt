--TEST--
When the lock is not to be had, session_start() fails and names the holder, or goes on with a snapshot
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_wait_ms' => '200']);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
$slow = (clone $browser)->hold('$_SESSION["n"] = 2;');
$sid = $browser->sid();
$response = $browser->get('var_dump(session_start());');
echo $response;
var_dump($response->cookie());
echo $browser->get('var_dump(session_start(), $_SESSION["n"]); $_SESSION["n"] = 99;', ini: ['sidereal.lock_failure' => 'read-only']);
$site->release();
$slow->response();
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
var_dump($browser->sid() === $sid);
?>
--EXPECTF--
Warning: session_start(): Sidereal: expected the session to be free, but sidereal.lock_wait_ms ran out while waiting; it is held by process %d for %d seconds; close sessions early (session_write_close(), read_and_close) in %s on line %d

Warning: session_start(): Failed to read session data: sidereal (path: %S) in %s on line %d
bool(false)
NULL

Warning: session_start(): Sidereal: expected the session to be free, but sidereal.lock_wait_ms ran out while waiting; it is held by process %d for %d seconds; close sessions early (session_write_close(), read_and_close); this request has a snapshot, and what it changes is not stored (sidereal.lock_failure = read-only) in %s on line %d
bool(true)
int(1)
2
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
