--TEST--
Start, close and start again in one request serve one session in one cookie; a superseded ID is never sent
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$twice = 'session_start(); $_SESSION["n"] = ($_SESSION["n"] ?? 0) + 1; session_write_close(); session_start(); $_SESSION["n"]++; session_write_close(); session_start(); echo $_SESSION["n"], "\n";';
$response = $browser->get($twice);
echo $response;
var_dump($response->cookie()->value === $browser->sid());
echo $browser->get($twice);
$old = clone $browser;
$browser->get('session_start(); session_regenerate_id();');
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
$response = $old->get($twice);
echo $response;
var_dump($response->cookie());
?>
--EXPECT--
2
bool(true)
4
4
4
NULL
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
