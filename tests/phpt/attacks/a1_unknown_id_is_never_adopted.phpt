--TEST--
A1: an ID that nobody here made is adopted in none of four ways: strict mode off, on, switched at run time, session_id()
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc'; if (!shell_exec('command -v sqlite3')) die('skip needs the sqlite3 command');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
require __DIR__ . '/store.inc';
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

echo "an ID of ours that nobody has stored any more, and one that nobody has stored and that is too old:\n";
foreach (['stored', 'never stored'] as $what) {
    $attacker = $site->browser();
    $attacker->get('session_start();');
    if ($what === 'stored') {
        $attacker->get('session_start(); $_SESSION["n"] = 1;');
        $attacker->get('session_start(); session_regenerate_id();');
        sql($site, 'DELETE FROM session;');
    } else {
        $site->pass(31 * 60);
    }
    $planted = $attacker->sid();
    $victim = $site->browser()->present($planted);
    echo $victim->get('var_dump(session_start()); $_SESSION["user"] = "victim";');
    var_dump($victim->sid() !== $planted);
    echo $attacker->get('session_start(); echo json_encode($_SESSION), "\n";');
}
foreach (['sid_unknown', 'session_expired'] as $event) {
    echo "$event: ", implode(',', array_column($site->events($event), 'reason')), "\n";
}
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
an ID of ours that nobody has stored any more, and one that nobody has stored and that is too old:
bool(true)
bool(true)
[]
bool(true)
bool(true)
[]
sid_unknown: unknown,unknown
session_expired: unknown,unknown
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
