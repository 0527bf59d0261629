--TEST--
Output before session_start() fails as ever; output after it and a flushed response do not keep the data from being written
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['output_buffering' => '0']);
$browser = $site->browser();
echo $browser->get('echo "out\n"; flush(); var_dump(session_start());');
$browser->get('session_start(); $_SESSION["n"] = 1; echo str_repeat("x", 10000); flush(); $_SESSION["n"] = 2;');
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
echo $browser->get('session_start(); echo "out\n"; flush(); var_dump(session_regenerate_id()); var_dump(session_destroy());');
?>
--EXPECTF--
out

Warning: session_start(): Session cannot be started after headers have already been sent in %s on line %d
bool(false)
2
out

Warning: session_regenerate_id(): Session ID cannot be regenerated after headers have already been sent in %s on line %d
bool(false)
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
