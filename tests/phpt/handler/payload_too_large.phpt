--TEST--
Data larger than sidereal.max_payload is not stored, says so once, and leaves what was stored
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.max_payload' => '2000']);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
echo $browser->get('session_start(); $_SESSION["big"] = str_repeat("x", 3000);');
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
echo implode(',', array_column($site->events('payload_too_large'), 'count')), "\n";
?>
--EXPECTF--
Warning: PHP Request Shutdown: Sidereal: expected session data of at most 2000 bytes, found 3020; store less in the session or raise sidereal.max_payload in Unknown on line 0
{"n":1}
3020
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
