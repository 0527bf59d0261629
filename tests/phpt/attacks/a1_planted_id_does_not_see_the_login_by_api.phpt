--TEST--
A1: an attacker who has planted a genuine ID cannot end the session that Session::login() made of it, nor does an ID of their own choosing become the user's
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['session.use_strict_mode' => '0']);
$login = 'session_start(); Sidereal\Session::login("alice", "pwd"); $_SESSION["user"] = "alice";';
$look = 'session_start(); echo $_SESSION["user"] ?? "nobody", Sidereal\Session::userIs("alice") ? "!" : "", " ";';
foreach (['attacker-chosen-0123456789abcdef', 'x', str_repeat('a', 26) . '-' . str_repeat('b', 52)] as $chosen) {
    $victim = $site->browser()->present($chosen);
    $victim->get($login);
    echo $victim->get($look), $site->browser()->present($chosen)->get($look), $victim->sid() === $chosen ? 'ADOPTED' : '', "\n";
}
$attacker = $site->browser();
$attacker->get('session_start(); $_SESSION["n"] = 1;');
$planted = $attacker->sid();
$victim = $site->browser()->present($planted);
$victim->get($login);
foreach ([0, 30, 31, 100, 150, 60] as $seconds) {
    $site->pass($seconds);
    foreach (['session_destroy()', 'Sidereal\Session::logout()', 'Sidereal\Session::login("mallory")', 'session_regenerate_id(true)'] as $call) {
        $replay = $site->browser()->present($planted);
        $replay->get("session_start(); $call;");
        if ($replay->sid() === $victim->sid()) {
            echo "the attacker has been given the victim's ID\n";
        }
    }
    echo $victim->get($look);
}
?>
--EXPECT--
alice! nobody 
alice! nobody 
alice! nobody 
alice! alice! alice! alice! alice! alice! 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
