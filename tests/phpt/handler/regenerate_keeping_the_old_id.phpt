--TEST--
session_regenerate_id() moves the client; the old ID shows what it showed before, read-only and without a cookie
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["cart"] = 3;');
$old = clone $browser;
$response = $browser->get('session_start(); $_SESSION["user"] = "alice"; var_dump(session_regenerate_id()); $_SESSION["late"] = 1; var_dump(session_id() !== $_COOKIE["PHPSESSID"]);');
echo $response;
var_dump($response->cookie()->value === $browser->sid(), $browser->sid() !== $old->sid());
echo json_encode(json_decode($browser->get('session_start(); echo json_encode($_SESSION);'))), "\n";
$response = $old->get('session_start(); echo json_encode($_SESSION), "\n"; $_SESSION["cart"] = 99;');
echo $response;
var_dump($response->cookie());
echo $old->get('session_start(); echo json_encode($_SESSION), "\n";');
?>
--EXPECT--
bool(true)
bool(true)
bool(true)
bool(true)
{"cart":3,"user":"alice","late":1}
{"cart":3}
NULL
{"cart":3}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
