--TEST--
read_and_close takes no lock, waits for nobody and writes nothing
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_wait_ms' => '60000']);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
$slow = (clone $browser)->hold('$_SESSION["n"] = 2;');
$started = microtime(true);
$response = $browser->get('var_dump(session_start(["read_and_close" => true])); $_SESSION["n"] = 99; echo $_SESSION["n"], "\n"; var_dump(session_status() === PHP_SESSION_NONE);');
var_dump(microtime(true) - $started < 15, $slow->isRunning());
$site->release();
echo $response;
var_dump($response->cookie());
$slow->response();
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
echo "by string and by number:\n";
echo $browser->get('session_start(["read_and_close" => "1"]); var_dump(session_status() === PHP_SESSION_NONE); session_start(["read_and_close" => 1]); var_dump(session_status() === PHP_SESSION_NONE);');
?>
--EXPECT--
bool(true)
bool(true)
bool(true)
99
bool(true)
NULL
2
by string and by number:
bool(true)
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
