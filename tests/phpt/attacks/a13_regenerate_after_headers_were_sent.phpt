--TEST--
A13: session_regenerate_id() after the headers were sent fails, changes no ID and loses no data
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['output_buffering' => '0']);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
$old = $browser->sid();
$response = $browser->get('session_start(); $_SESSION["n"] = 2; echo "sent\n"; flush(); var_dump(session_regenerate_id(), session_regenerate_id(true), session_id() === $_COOKIE["PHPSESSID"]);');
echo $response;
var_dump($response->cookie() === null, $browser->sid() === $old);
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
echo count($site->events('session_renewed')), " renewed\n";
?>
--EXPECTF--
sent

Warning: session_regenerate_id(): Session ID cannot be regenerated after headers have already been sent in %s on line %d

Warning: session_regenerate_id(): Session ID cannot be regenerated after headers have already been sent in %s on line %d
bool(false)
bool(false)
bool(true)
bool(true)
bool(true)
{"n":2}
0 renewed
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
