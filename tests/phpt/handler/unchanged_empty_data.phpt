--TEST--
A session that never held anything is not stored, and keeps its ID
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('session_start();');
$sid = $browser->sid();
for ($i = 0; $i < 3; $i++) {
    $response = $browser->get('var_dump(session_start());');
    echo $response;
    var_dump($response->cookie());
}
var_dump($browser->sid() === $sid, $site->events());
$browser->get('session_start(); $_SESSION["n"] = 1;');
var_dump($browser->sid() === $sid);
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
echo implode(',', array_column($site->events(), 'event')), "\n";
?>
--EXPECT--
bool(true)
NULL
bool(true)
NULL
bool(true)
NULL
bool(true)
array(0) {
}
bool(true)
1
session_created
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
