--TEST--
A known cookie opens its session, and no cookie is sent again
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
$sid = $browser->sid();
$response = $browser->get('session_start(); echo ++$_SESSION["n"], "\n"; var_dump(session_id() === $_COOKIE["PHPSESSID"]);');
echo $response;
var_dump($response->cookie(), $browser->sid() === $sid);
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
?>
--EXPECT--
2
bool(true)
NULL
bool(true)
2
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
