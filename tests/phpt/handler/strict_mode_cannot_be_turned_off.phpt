--TEST--
session.use_strict_mode=0 changes nothing, by ini, by ini_set() and by session_start()
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$script = '
    ini_set("session.use_strict_mode", "0");
    session_start(["use_strict_mode" => 0]);
    $_SESSION["n"] = 1;
    var_dump(session_id() === "attacker");
    session_write_close();
    var_dump(ini_get("session.use_strict_mode"));';
$response = $site->browser()->present('attacker')->get($script, ini: ['session.use_strict_mode' => '0']);
echo $response;
var_dump($response->cookie()->value === 'attacker');
?>
--EXPECT--
bool(false)
string(1) "0"
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
