--TEST--
A33: a new working key leaves sessions alive, in running processes too; when the old key goes its sessions end without an error
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$keyring = "$site->directory/store/keyring";
$ask = 'var_dump(session_start()); echo $_SESSION["user"] ?? "nobody", "\n";';
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$quiet = $site->browser();
$quiet->get('session_start(); $_SESSION["user"] = "quiet";');
$first = key_of($alice->sid());
$second = $first + 1;
var_dump(str_starts_with(file($keyring)[2], "key $first "));
$carol = $site->browser();
$carol->get('session_start(); $_SESSION["user"] = "carol";');
// A process that runs since before the new key was there.
$worker = $site->browser()->send('GET', '
    session_start(); session_abort(); touch(__DIR__ . "/running");
    for ($i = 0; !is_file(__DIR__ . "/new") && $i < 1000; $i++) { usleep(10000); }
    ini_set("session.use_cookies", "0");
    session_id(file_get_contents(__DIR__ . "/new")); session_start(); echo "a running process: ", $_SESSION["user"] ?? "nobody", "\n";');
for ($i = 0; !is_file("$site->directory/running") && $i < 1000; $i++) {
    usleep(10000);
}
$lines = file($keyring);
array_splice($lines, 2, 0, "key $second " . bin2hex(random_bytes(32)) . "\n");
file_put_contents($keyring, implode('', $lines));
echo "with a second key:\n", $alice->get($ask), $quiet->get($ask);
$bob = $site->browser();
$bob->get('session_start(); $_SESSION["user"] = "bob";');
var_dump(key_of($bob->sid()) === $second);
file_put_contents("$site->directory/new.tmp", $bob->sid());
rename("$site->directory/new.tmp", "$site->directory/new");
echo $worker->response();
// Their IDs rotate to the new key; alice's data is stored again as well, carol's is not.
$site->pass(16 * 60);
foreach ([[$alice, '$_SESSION["n"] = 1;'], [$carol, '']] as [$browser, $write]) {
    $browser->get($ask);
    $browser->get("$ask $write");
    var_dump(key_of($browser->sid()) === $second);
}
echo "without the first key:\n";
unset($lines[3]);
file_put_contents($keyring, implode('', $lines));
echo $alice->get($ask), $bob->get($ask), $carol->get($ask), $quiet->get($ask);
echo count($site->events('store_down')), ' store_down, ', count($site->events('obsolete_access')), " alarms\n";

function key_of(string $id): int
{
    $digits = 'abcdefghijklmnopqrstuvwxyz234567';
    $secret = substr($id, -52);
    return (strpos($digits, $secret[0]) << 3 | strpos($digits, $secret[1]) >> 2) & 0x7f;
}
?>
--EXPECT--
bool(true)
with a second key:
bool(true)
alice
bool(true)
quiet
bool(true)
a running process: bob
bool(true)
bool(true)
without the first key:
bool(true)
alice
bool(true)
bob
bool(true)
nobody
bool(true)
nobody
0 store_down, 0 alarms
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
