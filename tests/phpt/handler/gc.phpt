--TEST--
session_gc() answers how many sessions it removed; the automatic one removes nothing that is alive
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
for ($i = 0; $i < 5; $i++) {
    $site->browser()->get('session_start(); $_SESSION["n"] = 1;');
}
$browser = $site->browser();
echo $browser->get('session_start(); $_SESSION["n"] = 1; var_dump(session_gc());');
$site->pass(1700);
$browser->get('session_start(); $_SESSION["n"] = 2;', ini: ['sidereal.rotate_interval' => '0']);
$site->pass(700);
echo $browser->get('session_start(); var_dump(session_gc(), $_SESSION["n"]);', ini: ['sidereal.rotate_interval' => '0']);
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";', ini: ['session.gc_probability' => '1', 'session.gc_divisor' => '1', 'session.gc_maxlifetime' => '1']);
?>
--EXPECT--
int(0)
int(5)
int(2)
2
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
