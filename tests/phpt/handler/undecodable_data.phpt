--TEST--
Data that PHP cannot decode is set aside, not destroyed: session_start() fails once, then the client starts anew
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('enum Kept { case A; case B; } session_start(); $_SESSION["n"] = 1; $_SESSION["case"] = Kept::B;');
echo $browser->get('enum Kept { case A; } var_dump(session_start(), session_status() === PHP_SESSION_NONE, session_id());');
echo implode(',', array_column($site->events('payload_quarantined'), 'reason')), "\n";
echo $browser->get('var_dump(session_start(), $_SESSION);');
?>
--EXPECTF--
Warning: session_start(): Undefined constant Kept::B in %s on line %d

%A: session_start(): Failed to decode session object. Session has been destroyed in %s on line %d
bool(false)
bool(true)
string(0) ""
undecodable
bool(true)
array(0) {
}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
