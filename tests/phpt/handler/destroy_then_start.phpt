--TEST--
session_start() after session_destroy() in one request gives a new ID in one cookie
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["user"] = "alice";');
$old = clone $browser;
$response = $browser->get('
    session_start();
    session_destroy();
    var_dump(session_start(), $_SESSION, session_id() !== $_COOKIE["PHPSESSID"]);
    $_SESSION["flash"] = "bye";');
echo $response;
var_dump($response->cookie()->value === $browser->sid(), $browser->sid() !== $old->sid());
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
echo $old->get('session_start(); echo json_encode($_SESSION), "\n";');
?>
--EXPECT--
bool(true)
array(0) {
}
bool(true)
bool(true)
bool(true)
{"flash":"bye"}
[]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
