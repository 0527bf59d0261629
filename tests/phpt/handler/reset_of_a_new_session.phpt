--TEST--
session_reset() of a session that is not stored yet keeps its ID
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$response = $browser->get('
    session_start();
    $id = session_id();
    $_SESSION["n"] = 1;
    var_dump(session_reset(), $_SESSION, session_id() === $id);
    $_SESSION["n"] = 2;');
echo $response;
var_dump($response->cookie()->value === $browser->sid());
echo $browser->get('
    session_start();
    session_regenerate_id();
    $id = session_id();
    $_SESSION["n"] = 3;
    var_dump(session_reset(), $_SESSION["n"], session_id() === $id);');
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
?>
--EXPECT--
bool(true)
array(0) {
}
bool(true)
bool(true)
bool(true)
int(2)
bool(true)
2
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
