--TEST--
A18: a roster has exactly one user or one prefix, whatever characters these consist of; a prefix gives nobody a user's sessions
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
foreach (['u1-', 'u12-', 'u123-', 'U1-', 'u1', 'u'] as $prefix) {
    $site->browser()->get("session_id(session_create_id('$prefix')); session_start(); \$_SESSION['n'] = 1;");
}
$site->browser()->get('session_id(session_create_id("u1-")); session_start(); Sidereal\Session::login("1");');
foreach (['1', '12', '%', '_', '*', ':', '{1}', "1'", '1 ', 'Ä', "1\\n", str_repeat('1', 255)] as $user) {
    $site->browser()->get('session_start(); Sidereal\Session::login(' . var_export($user, true) . ');');
}
echo $site->run('
    foreach (["u1-", "u12-", "u123-", "U1-", "u1", "u", "u2-", "u1-x"] as $prefix) {
        $list = Sidereal\Roster::ofPrefix($prefix);
        echo $prefix, " ", count($list), " ", implode(",", array_map(fn ($info) => $info->state->value, $list)), "\n";
    }
    foreach (["1", "12", "%", "_", "*", ":", "{1}", "1\'", "1 ", "Ä", "1\\\\n", str_repeat("1", 255), "11", "u1-"] as $user) {
        echo count(Sidereal\Roster::of($user)), " ";
    }
    echo "\n";
    foreach (["", "%", "u1_", "u:", "{u}", "u\0", str_repeat("u", 178), str_repeat("u", 1 << 20)] as $prefix) {
        try { Sidereal\Roster::ofPrefix($prefix); echo "LISTED\n"; } catch (Sidereal\InvalidArgument $e) { echo $e->getCode(), " "; }
    }');
?>
--EXPECTF--
u1- 2 a%sd,a%S
u12- 1 anonymous
u123- 1 anonymous
U1- 1 anonymous
u1 1 anonymous
u 1 anonymous
u2- 0 
u1-x 0 
2 1 1 1 1 1 1 1 1 1 1 1 0 0 
2 2 2 2 2 2 2 2 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
