--TEST--
A5: what an expired, a superseded or a logged-out session holds is not decoded
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$canary = 'class Canary { function __wakeup() { echo "WOKEN\n"; } }';
$look = "$canary var_dump(session_start()); echo json_encode(\$_SESSION), \"\\n\";";
$site = new Site(__FILE__);
$make = function () use ($site, $canary): Browser {
    $browser = $site->browser();
    $browser->get("$canary session_start(); \$_SESSION['c'] = new Canary;");
    return $browser;
};
echo "alive:\n", $make()->get($look);
$browser = $make();
$site->pass(30 * 60);
echo "expired:\n", $browser->get($look);
$browser = $make();
$thief = clone $browser;
$browser->get("$canary session_start(); session_regenerate_id();");
$browser->get("$canary session_start();");
$site->pass(61);
echo "superseded:\n", $thief->get($look);
$browser = $make();
$thief = clone $browser;
$browser->get("$canary session_start(); session_destroy();");
echo "logged out:\n", $thief->get($look);
?>
--EXPECT--
alive:
WOKEN
bool(true)
{"c":{}}
expired:
bool(true)
[]
superseded:
bool(true)
[]
logged out:
bool(true)
[]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
