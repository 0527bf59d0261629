--TEST--
session_destroy() ends the session at once and tells the client to drop its cookie
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["user"] = "alice";');
$other = clone $browser;
$response = $browser->get('session_start(); var_dump(session_destroy(), session_status() === PHP_SESSION_NONE);');
echo $response, $response->cookie()->text, "\n";
var_dump($browser->sid());
$response = $other->get('session_start(); var_dump($_SESSION); $_SESSION["late"] = 1;');
echo $response;
var_dump($response->cookie());
echo $other->get('session_start(); var_dump($_SESSION);');
$site->pass(61);
$response = $other->get('session_start(); var_dump($_SESSION);');
echo $response;
var_dump($response->cookie()->value !== '');
?>
--EXPECT--
bool(true)
bool(true)
PHPSESSID=; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0; path=/; HttpOnly; SameSite=Lax
NULL
array(0) {
}
NULL
array(0) {
}
array(0) {
}
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
