--TEST--
Unchanged data is touched and stays, with lazy_write on and off
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
foreach (['1', '0'] as $lazy) {
    for ($i = 0; $i < 3; $i++) {
        $site->pass(1000);
        echo $browser->get('session_start(); echo $_SESSION["n"] ?? "gone", "\n";', ini: ['session.lazy_write' => $lazy, 'sidereal.rotate_interval' => '0']);
    }
}
$site->pass(1801);
echo $browser->get('session_start(); echo $_SESSION["n"] ?? "gone", "\n";');
?>
--EXPECT--
1
1
1
1
1
1
gone
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
