--TEST--
session_id('fixed') gets a session of the visitor's own with one notice: two visitors never share what the application calls the same
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$bob = $site->browser();
$response = $alice->get('session_id("fixed"); var_dump(session_start(), session_id() === "fixed"); $_SESSION["user"] = "alice";');
echo preg_replace('/found.* in \S+ on line.*/', '...', $response->body);
var_dump($response->cookie() !== null && $response->cookie()->value !== 'fixed');
echo $bob->get('session_id("fixed"); @session_start(); echo $_SESSION["user"] ?? "nobody", "\n";');
echo $bob->present('fixed')->get('session_start(); echo $_SESSION["user"] ?? "nobody", "\n";');
echo $alice->get('session_start(); echo $_SESSION["user"], "\n";');
?>
--EXPECT--

Notice: session_start(): Sidereal: expected session_id() to be given the ID of a session that is alive, or one made by session_create_id(), ...
bool(true)
bool(false)
bool(true)
nobody
nobody
alice
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
