--TEST--
R24, R25, R33, R67: What a log-in adds is never seen by the old ID, even when the flag is set before session_regenerate_id()
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo json_encode($_SESSION), " ";';
$log_ins = [
    'before' => '$_SESSION["uid"] = 7; session_regenerate_id();',
    'after' => 'session_regenerate_id(); $_SESSION["uid"] = 7;',
    'before, deleting' => '$_SESSION["uid"] = 7; session_regenerate_id(true);',
    'after, deleting' => 'session_regenerate_id(true); $_SESSION["uid"] = 7;',
    'before, and it dies' => '$_SESSION["uid"] = 7; session_regenerate_id(); session_write_close(); exit(1);',
    'twice' => '$_SESSION["uid"] = 7; session_regenerate_id(); session_regenerate_id();',
];
foreach ($log_ins as $how => $log_in) {
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["cart"] = 3;');
    $old = clone $alice;
    $alice->get("session_start(); $log_in");
    var_dump($alice->sid() !== $old->sid());
    echo "$how: ", (clone $old)->get($look);
    // The old ID cannot write either: not to itself, and not to the new one.
    (clone $old)->get('session_start(); $_SESSION["cart"] = 99; $_SESSION["uid"] = 1;');
    echo (clone $old)->get($look), $alice->get($look), (clone $old)->get($look);
    $site->pass(61);
    echo (clone $old)->get($look);
    (clone $old)->get('session_start(); $_SESSION["cart"] = 99;');
    echo $alice->get($look), "\n";
}
?>
--EXPECT--
bool(true)
before: {"cart":3} {"cart":3} {"cart":3,"uid":7} {"cart":3} [] {"cart":3,"uid":7} 
bool(true)
after: {"cart":3} {"cart":3} {"cart":3,"uid":7} {"cart":3} [] {"cart":3,"uid":7} 
bool(true)
before, deleting: [] [] {"cart":3,"uid":7} [] [] {"cart":3,"uid":7} 
bool(true)
after, deleting: [] [] {"cart":3,"uid":7} [] [] {"cart":3,"uid":7} 
bool(true)
before, and it dies: {"cart":3} {"cart":3} {"cart":3,"uid":7} {"cart":3} [] {"cart":3,"uid":7} 
bool(true)
twice: {"cart":3} {"cart":3} {"cart":3,"uid":7} {"cart":3} [] {"cart":3,"uid":7} 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
