--TEST--
session_regenerate_id(true) is no log-out: the client goes on, the old ID shows nothing
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["cart"] = 3;');
$old = clone $browser;
$response = $browser->get('session_start(); $_SESSION["user"] = "alice"; var_dump(session_regenerate_id(true));');
echo $response;
var_dump($response->cookie()->isExpired());
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
$response = $old->get('session_start(); echo json_encode($_SESSION), "\n"; $_SESSION["cart"] = 99;');
echo $response;
var_dump($response->cookie());
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
?>
--EXPECT--
bool(true)
bool(false)
{"cart":3,"user":"alice"}
[]
NULL
{"cart":3,"user":"alice"}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
