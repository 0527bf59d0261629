--TEST--
An application that uses session_id() as a visitor's key keeps it with sidereal.rotate_interval = 0; with rotation the key changes and the data stays
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$visit = 'session_start(); $_SESSION["visits"] = ($_SESSION["visits"] ?? 0) + 1; echo $_SESSION["visits"], "\n";';
foreach (['0' => 'no rotation', '300' => 'rotation'] as $interval => $what) {
    echo "$what:\n";
    $site = new Site(__FILE__, ['sidereal.rotate_interval' => (string) $interval]);
    $browser = $site->browser();
    $keys = [];
    for ($i = 0; $i < 5; $i++) {
        echo $browser->get($visit);
        $keys[] = $browser->sid();
        $site->pass(20 * 60);
    }
    echo count(array_unique($keys)) > 1 ? "the key changes\n" : "the key stays\n";
}
?>
--EXPECT--
no rotation:
1
2
3
4
5
the key stays
rotation:
1
2
3
4
5
the key changes
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
