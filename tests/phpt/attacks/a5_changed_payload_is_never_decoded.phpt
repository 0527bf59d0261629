--TEST--
A5: payloads that are flipped, replaced, swapped, spliced from an older write or moved to another ID are never decoded
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc'; if (!shell_exec('command -v sqlite3')) die('skip needs the sqlite3 command');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
require __DIR__ . '/store.inc';
$canary = 'class Canary { public $n = 0; function __wakeup() { echo "WOKEN\n"; } function __destruct() { } }';
$trap = bin2hex('c|O:6:"Canary":1:{s:1:"n";i:666;}');
$attacks = [
    'first byte flipped' => fn ($alice, $bob) => "UPDATE session SET payload = X'" . flip($alice['payload'], 0) . "' WHERE number = {$alice['number']};",
    'key number flipped' => fn ($alice, $bob) => "UPDATE session SET payload = X'" . flip($alice['payload'], 1) . "' WHERE number = {$alice['number']};",
    'nonce flipped' => fn ($alice, $bob) => "UPDATE session SET payload = X'" . flip($alice['payload'], 5) . "' WHERE number = {$alice['number']};",
    'text flipped' => fn ($alice, $bob) => "UPDATE session SET payload = X'" . flip($alice['payload'], 20) . "' WHERE number = {$alice['number']};",
    'last byte flipped' => fn ($alice, $bob) => "UPDATE session SET payload = X'" . flip($alice['payload'], -1) . "' WHERE number = {$alice['number']};",
    'truncated' => fn ($alice, $bob) => "UPDATE session SET payload = substr(payload, 1, 20) WHERE number = {$alice['number']};",
    'emptied' => fn ($alice, $bob) => "UPDATE session SET payload = X'' WHERE number = {$alice['number']};",
    'plain text' => fn ($alice, $bob) => "UPDATE session SET payload = X'$trap' WHERE number = {$alice['number']};",
    "bob's payload" => fn ($alice, $bob) => "UPDATE session SET payload = X'{$bob['payload']}' WHERE number = {$alice['number']};",
    "bob's metadata and payload" => fn ($alice, $bob) => "UPDATE session SET meta = X'{$bob['meta']}', payload = X'{$bob['payload']}' WHERE number = {$alice['number']};",
    "bob's row under alice's place" => fn ($alice, $bob) => "DELETE FROM session WHERE number = {$alice['number']};
        UPDATE session SET number = {$alice['number']}, locator = X'{$alice['locator']}' WHERE number = {$bob['number']};",
    'an older payload' => fn ($alice, $bob) => "UPDATE session SET payload = X'{$alice['older']}' WHERE number = {$alice['number']};",
    'its own metadata as payload' => fn ($alice, $bob) => "UPDATE session SET payload = meta WHERE number = {$alice['number']};",
];
foreach ($attacks as $what => $attack) {
    $site = new Site(__FILE__);
    $alice = $site->browser();
    $alice->get("$canary session_start(); \$_SESSION['c'] = new Canary;");
    $older = row($site, '');
    $alice->get("$canary session_start(); \$_SESSION['c']->n = 2;");
    $hers = row($site, '') + ['older' => $older['payload']];
    $bob = $site->browser();
    $bob->get("$canary session_start(); \$_SESSION['c'] = new Canary; \$_SESSION['user'] = 'bob';");
    $his = row($site, "WHERE number <> {$hers['number']}");
    sql($site, $attack($hers, $his));
    $old = $alice->sid();
    $response = $alice->get("$canary var_dump(session_start()); echo json_encode(\$_SESSION), \"\\n\";");
    $fresh = $response->body === "bool(true)\n[]\n" && $alice->sid() !== $old;
    echo "$what: ", $fresh ? 'a fresh session' : "FOUND $response", ', ', count($site->events('seal_broken')) > 0 ? 'an event' : 'NO EVENT', "\n";
}

echo "nothing of it without an attack:\n";
echo $bob->get("$canary session_start(); echo \$_SESSION['user'], \"\\n\";");

function row(Site $site, string $where): array
{
    [[$number, $locator, $meta, $payload]] = sql($site, "SELECT number, hex(locator), hex(meta), hex(payload) FROM session $where;");
    return compact('number', 'locator', 'meta', 'payload');
}

function flip(string $hex, int $at): string
{
    $bytes = hex2bin($hex);
    $bytes[$at] = chr(ord($bytes[$at]) ^ 0x40);
    return bin2hex($bytes);
}
?>
--EXPECT--
first byte flipped: a fresh session, an event
key number flipped: a fresh session, an event
nonce flipped: a fresh session, an event
text flipped: a fresh session, an event
last byte flipped: a fresh session, an event
truncated: a fresh session, an event
emptied: a fresh session, an event
plain text: a fresh session, an event
bob's payload: a fresh session, an event
bob's metadata and payload: a fresh session, an event
bob's row under alice's place: a fresh session, an event
an older payload: a fresh session, an event
its own metadata as payload: a fresh session, an event
nothing of it without an attack:
WOKEN
bob
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
