--TEST--
Data that PHP cannot decode is set aside, not destroyed: session_start() fails once, then the client starts anew
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('
    class Kept { public function __unserialize(array $data): void { } }
    session_start(); $_SESSION["n"] = 1; $_SESSION["o"] = new Kept;');
echo $browser->get('
    class Kept { public function __unserialize(array $data): void { throw new Exception("changed its mind"); } }
    try { session_start(); } catch (Exception $e) { echo get_class($e), "\n"; }
    var_dump(session_status() === PHP_SESSION_NONE, session_id());');
echo implode(',', array_column($site->events('payload_quarantined'), 'reason')), "\n";
echo $browser->get('var_dump(session_start(), $_SESSION);');
?>
--EXPECT--
Exception
bool(true)
string(0) ""
undecodable
bool(true)
array(0) {
}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
