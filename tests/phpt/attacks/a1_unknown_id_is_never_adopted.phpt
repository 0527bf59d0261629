--TEST--
A1: an ID that nobody here made is adopted in none of four ways: strict mode off, on, switched at run time, session_id()
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$start = 'var_dump(@session_start()); $_SESSION["user"] = "victim"; var_dump(session_id() === "attackersessionattackersession42");';
foreach ([
    'strict mode off' => ['', ['session.use_strict_mode' => '0']],
    'strict mode on' => ['', ['session.use_strict_mode' => '1']],
    'switched off at run time' => ['ini_set("session.use_strict_mode", "0");', ['session.use_strict_mode' => '1']],
    'given by the application' => ['session_id($_COOKIE["PHPSESSID"]);', ['session.use_strict_mode' => '0']],
] as $way => [$before, $ini]) {
    echo "$way:\n";
    $victim = $site->browser()->present('attackersessionattackersession42');
    echo $victim->get($before . $start, ini: $ini);
    var_dump($victim->sid() !== 'attackersessionattackersession42');
    $attacker = $site->browser()->present('attackersessionattackersession42');
    echo $attacker->get("$before @session_start(); echo json_encode(\$_SESSION), \"\\n\";", ini: $ini);
    echo $victim->get('session_start(); echo $_SESSION["user"], "\n";', ini: $ini);
}
echo count($site->events('sid_forged')), " forged\n";

echo "an ID of ours that is not stored and too old:\n";
$attacker = $site->browser();
$attacker->get('session_start();');
$planted = $attacker->sid();
$site->pass(31 * 60);
$victim = $site->browser()->present($planted);
echo $victim->get('var_dump(session_start()); $_SESSION["user"] = "victim";');
var_dump($victim->sid() !== $planted);
echo $attacker->get('session_start(); echo json_encode($_SESSION), "\n";');
echo count($site->events('sid_unknown')) >= 1 ? "unknown\n" : "no event\n";
?>
--EXPECT--
strict mode off:
bool(true)
bool(false)
bool(true)
[]
victim
strict mode on:
bool(true)
bool(false)
bool(true)
[]
victim
switched off at run time:
bool(true)
bool(false)
bool(true)
[]
victim
given by the application:
bool(true)
bool(false)
bool(true)
[]
victim
8 forged
an ID of ours that is not stored and too old:
bool(true)
bool(true)
[]
unknown
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
