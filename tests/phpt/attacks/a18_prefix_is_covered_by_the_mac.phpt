--TEST--
A18: an ID whose prefix was changed, taken away or added is forged, so user 1 never becomes user 12
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
echo $browser->get('session_id(session_create_id("u1-")); session_start(); $_SESSION["user"] = 1; var_dump(str_starts_with(session_id(), "u1-"));');
$id = $browser->sid();
$rest = substr($id, 3);
$show = 'session_start(); echo $_SESSION["user"] ?? "nobody", "\n";';
echo 'as it is: ', (clone $browser)->get($show);
foreach (['u12-', 'u2-', 'U1-', 'u1', 'u1--', 'au1-', 'u1-u1-', '', 'u%-', 'u_-', 'u1-%00'] as $prefix) {
    $response = $site->browser()->present("$prefix$rest")->get($show);
    echo json_encode($prefix), ": $response";
}
echo count($site->events('sid_forged')), " forged\n";
echo "kept through rotation and regeneration:\n";
$site->pass(16 * 60);
$browser->get($show);
var_dump($browser->sid() !== $id, str_starts_with($browser->sid(), 'u1-'), strlen($browser->sid()) === strlen($id));
$browser->get('session_start(); session_regenerate_id();');
var_dump(str_starts_with($browser->sid(), 'u1-'), strlen($browser->sid()) === strlen($id));
echo $browser->get($show);
?>
--EXPECT--
bool(true)
as it is: 1
"u12-": nobody
"u2-": nobody
"U1-": nobody
"u1": nobody
"u1--": nobody
"au1-": nobody
"u1-u1-": nobody
"": nobody
"u%-": nobody
"u_-": nobody
"u1-%00": nobody
11 forged
kept through rotation and regeneration:
bool(true)
bool(true)
bool(true)
bool(true)
bool(true)
1
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
