--TEST--
A25: the warning about a store or a keyring that is refused names the setting to change
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$cases = [
    'store: others can enter' => ['sidereal.store', fn ($site, $d) => chmod("$d/store", 0755)],
    'store: a file' => ['sidereal.store', fn ($site, $d) => rename("$d/store", "$d/real") && touch("$d/store")],
    'store: a symlink' => ['sidereal.store', fn ($site, $d) => rename("$d/store", "$d/real") && symlink("$d/real", "$d/store")],
    'store: no parent' => ['sidereal.store', fn ($site, $d) => $site->ini['sidereal.store'] = "sqlite:$d/none/store"],
    'keyring: others can read it' => ['sidereal.keyring', fn ($site, $d) => chmod("$d/store/keyring", 0640)],
    'keyring: garbage' => ['sidereal.keyring', fn ($site, $d) => file_put_contents("$d/store/keyring", 'x')],
    'keyring: no parent' => ['sidereal.keyring', fn ($site, $d) => $site->ini['sidereal.keyring'] = "$d/none/keyring"],
];
foreach ($cases as $case => [$setting, $spoil]) {
    $site = new Site(__FILE__);
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["n"] = 1;');
    $spoil($site, $site->directory);
    $response = $alice->get('session_start();');
    $line = preg_match('/Sidereal: .*/', $response->body, $found) ? $found[0] : 'no warning';
    echo "$case: ", str_contains($line, $setting) ? 'named' : 'NOT NAMED', "\n";
}
?>
--EXPECT--
store: others can enter: named
store: a file: named
store: a symlink: named
store: no parent: named
keyring: others can read it: named
keyring: garbage: named
keyring: no parent: named
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
