--TEST--
session_id(session_create_id('u12-')); session_start(); works under strict mode, now, in the next request and after rotation
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['session.use_strict_mode' => '1']);
$browser = $site->browser();
$response = $browser->get('session_id(session_create_id("u12-")); var_dump(session_start(), str_starts_with(session_id(), "u12-")); $_SESSION["n"] = 1;');
echo $response;
var_dump($response->cookie()->value === $browser->sid());
$first = $browser->sid();
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
$site->pass(16 * 60);
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
var_dump($browser->sid() !== $first, str_starts_with($browser->sid(), 'u12-'));
echo "a visitor who is known already changes over:\n";
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["cart"] = 1;');
$before = $browser->sid();
$browser->get('
    session_start(); $data = $_SESSION; session_write_close();
    session_id(session_create_id("u12-")); session_start(); $_SESSION = $data + ["user" => 12];');
var_dump($browser->sid() !== $before, str_starts_with($browser->sid(), 'u12-'));
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
?>
--EXPECT--
bool(true)
bool(true)
bool(true)
1
1
1
bool(true)
bool(true)
a visitor who is known already changes over:
bool(true)
bool(true)
{"cart":1,"user":12}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
