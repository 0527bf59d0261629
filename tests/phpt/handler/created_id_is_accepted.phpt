--TEST--
The manual's session_id(session_create_id("u12-")); session_start(); works under strict mode, and the prefix survives
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['session.use_strict_mode' => '1']);
$browser = $site->browser();
$response = $browser->get('session_id(session_create_id("u12-")); var_dump(session_start()); $_SESSION["n"] = 1; var_dump(str_starts_with(session_id(), "u12-"));');
echo $response;
var_dump($response->cookie()->value === $browser->sid(), str_starts_with($browser->sid(), 'u12-'));
$response = $browser->get('session_start(); echo $_SESSION["n"], "\n"; session_regenerate_id();');
echo $response;
var_dump(str_starts_with($response->cookie()->value, 'u12-'));
$stolen = substr_replace($browser->sid(), 'u13-', 0, 4);
echo $browser->present($stolen)->get('session_start(); var_dump($_SESSION, str_starts_with(session_id(), "u13-"));');
?>
--EXPECT--
bool(true)
bool(true)
bool(true)
bool(true)
1
bool(true)
array(0) {
}
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
