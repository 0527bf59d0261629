--TEST--
A4: a session of another serializer is refused with an event and decoded by nobody; it is there again under its own
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$canary = 'class Canary { function __wakeup() { echo "WOKEN\n"; } function __unserialize(array $d): void { echo "WOKEN\n"; } function __destruct() { echo "DESTROYED\n"; } }';
$trap = '|O:6:"Canary":0:{}';
foreach ([['php_serialize', 'php'], ['php', 'php_serialize'], ['php_binary', 'php'], ['php', 'php_binary']] as [$from, $to]) {
    echo "$from to $to:\n";
    $site = new Site(__FILE__);
    $browser = $site->browser();
    $browser->get('session_start(); $_SESSION["text"] = ' . var_export($trap, true) . ';', ini: ['session.serialize_handler' => $from]);
    $old = $browser->sid();
    echo $browser->get("$canary var_dump(session_start()); echo json_encode(\$_SESSION), \"\\n\";", ini: ['session.serialize_handler' => $to]);
    var_dump($browser->sid() !== $old, count($site->events('serializer_mismatch')));
    echo $browser->present($old)->get("$canary session_start(); echo json_encode(\$_SESSION), \"\\n\";", ini: ['session.serialize_handler' => $from]);
}
?>
--EXPECT--
php_serialize to php:
bool(true)
[]
bool(true)
int(1)
{"text":"|O:6:\"Canary\":0:{}"}
php to php_serialize:
bool(true)
[]
bool(true)
int(1)
{"text":"|O:6:\"Canary\":0:{}"}
php_binary to php:
bool(true)
[]
bool(true)
int(1)
{"text":"|O:6:\"Canary\":0:{}"}
php to php_binary:
bool(true)
[]
bool(true)
int(1)
{"text":"|O:6:\"Canary\":0:{}"}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
