--TEST--
R30, R31, R42, R45: session_gc() answers how many sessions it removed: those whose time is over, while superseded and ended ones are denied long before
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo json_encode($_SESSION), " ";';
$collect = fn () => print $site->browser()->get('session_start(); echo session_gc(), " removed\n";');
for ($i = 0; $i < 3; $i++) {
    $site->browser()->get('session_start(); $_SESSION["idle"] = 1;');
}
$site->pass(1000);
$live = $site->browser();
$live->get('session_start(); $_SESSION["n"] = 1;');
$left = $site->browser();
$left->get('session_start(); $_SESSION["n"] = 2;');
$gone = clone $left;
$left->get('session_start(); session_destroy();');
$moved = $site->browser();
$moved->get('session_start(); $_SESSION["n"] = 3;');
$old = clone $moved;
$moved->get('session_start(); session_regenerate_id();');
$moved->get($look);
$collect();
echo 'within the grace: ', (clone $old)->get($look), "\n";
$site->pass(100);
$collect();
echo 'denied, but remembered: ', (clone $old)->get($look), (clone $gone)->get($look), "\n";
$site->pass(701);
$collect();
$collect();
echo 'alive: ', $live->get($look), $moved->get($look), "\n";
$site->pass(1000);
$alive = [$live->get($look)->body, $moved->get($look)->body];
$collect();
$site->pass(1000);
echo implode($alive), $live->get($look), $moved->get($look), "\n";
// When the two have been idle for long, and an absolute timeout has passed for the tombstone and the old ID.
$site->pass(1900);
$collect();
$site->pass(43200);
$collect();
$collect();
$names = array_map(fn ($event) => "$event[event] " . ($event['reason'] ?? ''), $site->events());
foreach (array_count_values($names) as $name => $count) {
    if (preg_match('/superseded|after|unknown|forged|obsolete/', $name)) {
        echo "$name $count\n";
    }
}
?>
--EXPECT--
0 removed
within the grace: {"n":3} 
0 removed
denied, but remembered: [] [] 
3 removed
0 removed
alive: {"n":1} {"n":3} 
0 removed
{"n":1} {"n":3} {"n":1} {"n":3} 
2 removed
2 removed
0 removed
sid_superseded superseded 1
session_use_after_expire logged_out 1
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
