--TEST--
A request that is still on its way with the old ID does not take the visitor's new cookie away after session_regenerate_id(true)
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["cart"] = 1;');
$late = $browser->send('GET', 'while (!is_file(__DIR__ . "/go")) { usleep(10000); } session_start(); echo json_encode($_SESSION), "\n";');
$browser->get('session_start(); session_regenerate_id(true); $_SESSION["user"] = "alice";');
touch("$site->directory/go");
$response = $late->response();
echo $response;
var_dump($response->cookie() === null);
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
?>
--EXPECT--
[]
bool(true)
{"cart":1,"user":"alice"}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
