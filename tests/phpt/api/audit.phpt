--TEST--
Sidereal\Audit: findings, verdict, text, JSON, SARIF, exit status; php --ri shows the verdict; nothing secret is told
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../requirements/audit.inc';
$site = new Site(__FILE__, GOOD + ['session.save_path' => 'tcp://127.0.0.1:1?auth=hunter2']);
$bad = ['session.auto_start' => '1', 'sidereal.grace' => '100000'];
echo $site->run('
    $audit = Sidereal\Audit::run();
    foreach ($audit->findings as $finding) {
        if ($finding->id !== "store-volatile") {
            echo get_class($finding), " ", $finding->severity->name, " ", $finding->id, ": ", $finding->what, " ", json_encode($finding->references), "\n";
        }
    }
    assert($audit instanceof Stringable && str_contains($audit, $audit->verdict));
    try {
        $audit->verdict = "all is well";
    } catch (Error $e) {
        echo $e->getMessage(), "\n";
    }
    try {
        clone $audit;
    } catch (Error $e) {
        echo $e->getMessage(), "\n";
    }
    echo $audit->exitStatus(), "\n";
', $bad);

$json = json_decode($site->run('echo Sidereal\Audit::run()->toJson();', $bad), true, flags: JSON_THROW_ON_ERROR);
echo implode(' ', array_keys($json)), ' / ', implode(' ', array_keys($json['findings'][0])), "\n";

// What the schema of SARIF 2.1.0 requires, and what makes results point to rules.
$sarif = json_decode($site->run('echo Sidereal\Audit::run()->toSarif();', $bad), true, flags: JSON_THROW_ON_ERROR);
$run = $sarif['runs'][0];
$rules = $run['tool']['driver']['rules'];
$fits = $sarif['version'] === '2.1.0' && is_string($run['tool']['driver']['name']) && count(array_unique(array_column($rules, 'id'))) === count($rules);
foreach ($run['results'] as $result) {
    $fits = $fits && $rules[$result['ruleIndex']]['id'] === $result['ruleId'] && in_array($result['level'], ['error', 'warning', 'note'])
        && is_string($result['message']['text']);
}
var_dump($fits, count($run['results']) === count($json['findings']));

$command = implode(' ', array_map(escapeshellarg(...), $site->command(PHP_BINARY, $bad)));
$verdict = $json['verdict'];
var_dump(str_contains(shell_exec("$command --ri sidereal"), "\nAudit => $verdict; echo Sidereal\Audit::run() tells what\n"));
exec("$command -r " . escapeshellarg('$audit = Sidereal\Audit::run(); echo $audit; exit($audit->exitStatus());'), $lines, $status);
echo $status, ' ', preg_replace('/, uid \d+/', '', $lines[0]) === 'Sidereal\'s audit of PHP ' . PHP_VERSION . " (cli): $verdict" ? 'as it should be' : $lines[0], "\n";
var_dump(str_contains(serialize([$json, $sarif, $lines]), 'hunter2'));

echo $site->run('ini_set("session.save_handler", "files"); echo Sidereal\Audit::run()->findings[0]->what, "\n";');
echo $site->run('session_set_save_handler(new Sidereal\SessionHandler(), true); session_start(); echo Sidereal\Audit::run()->exitStatus() < 2 ? "wrapped" : "lost", "\n";', ['session.save_path' => '']);
?>
--EXPECT--
Sidereal\Finding Error policy-invalid: expected sidereal.grace to be at most 300 seconds, found 100000 seconds; change one of the two ["R99"]
Sidereal\Finding Error server-unusable: expected to use the session store redis://127.0.0.1:1 (sidereal.store), found no connection (Connection refused (os error 111)); look whether the server runs, its address is right and this user may connect ["R98","A25"]
Sidereal\Finding Error keyring-unusable: expected sidereal.keyring to name the keyring file that all hosts of a Redis or Valkey store have a copy of, found nothing; make one and set its path on each host (docs/operations.md) ["R98","A25","A33"]
Sidereal\Finding Warning save-path-password: session.save_path is an address with a password ["R98","A30"]
Sidereal\Finding Warning auto-start: session.auto_start is "1" ["R48","R49"]
Cannot modify readonly property Sidereal\Audit::$verdict
Trying to clone an uncloneable object of class Sidereal\Audit
2
verdict subject findings protections / id severity what why fix references
bool(true)
bool(true)
bool(true)
2 as it should be
bool(false)
session.save_handler is "files"
wrapped
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
