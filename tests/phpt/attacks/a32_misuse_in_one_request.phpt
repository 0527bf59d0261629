--TEST--
A32: what a request writes outside of its open session is not stored, and no misuse ends a session or leaves its lock
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_wait_ms' => '300', 'display_errors' => '0']);
foreach ([
    'write after commit' => 'session_start(); $_SESSION["n"] = 2; session_commit(); $_SESSION["n"] = 99;',
    'abort' => 'session_start(); $_SESSION["n"] = 99; session_abort();',
    'write after abort' => 'session_start(); session_abort(); $_SESSION["n"] = 99;',
    'reset' => 'session_start(); $_SESSION["n"] = 99; session_reset();',
    'reset and write' => 'session_start(); $_SESSION["n"] = 99; session_reset(); $_SESSION["n"] = $_SESSION["n"] + 2;',
    'nested start' => 'session_start(); $_SESSION["n"] = 4; session_start(); $_SESSION["n"] += 1;',
    'start twice with commit' => 'session_start(); $_SESSION["n"] = 5; session_commit(); session_start(); $_SESSION["n"] += 1;',
    'write and reopen' => 'session_start(); session_commit(); $_SESSION["n"] = 99; session_start(); $_SESSION["m"] = 1;',
    'commit twice' => 'session_start(); $_SESSION["n"] = 7; session_commit(); session_commit(); $_SESSION["n"] = 99; session_commit();',
    'read_and_close' => 'session_start(["read_and_close" => true]); $_SESSION["n"] = 99; session_commit();',
    'no start at all' => '$_SESSION = ["n" => 99]; session_commit();',
    'exit in a shutdown function' => 'register_shutdown_function(function () { $_SESSION["n"] = 8; exit; }); session_start();',
    'exit in a buffer callback' => 'session_start(); $_SESSION["n"] = 9; ob_start(function ($text) { return strtoupper($text); }); echo "x"; exit;',
    'exception in a shutdown function' => 'register_shutdown_function(function () { throw new Exception; }); session_start(); $_SESSION["n"] = 10;',
    'exception in read' => 'class H extends SessionHandler { function read(string $id): string|false { throw new Exception; } } session_set_save_handler(new H, true); session_start();',
    'exception after read' => 'class H extends SessionHandler { function read(string $id): string|false { parent::read($id); throw new Exception; } } session_set_save_handler(new H, true); try { session_start(); } catch (Exception) { } $_SESSION["n"] = 99;',
    'exception in write' => 'class H extends SessionHandler { function write(string $id, string $data): bool { throw new Exception; } } session_set_save_handler(new H, true); session_start(); $_SESSION["n"] = 99;',
    'exception in close' => 'class H extends SessionHandler { function close(): bool { throw new Exception; } } session_set_save_handler(new H, true); session_start(); $_SESSION["n"] = 11;',
    'exit in read' => 'class H extends SessionHandler { function read(string $id): string|false { exit; } } session_set_save_handler(new H, true); session_start();',
    'a handler that never closes' => 'class H extends SessionHandler { function close(): bool { return true; } } session_set_save_handler(new H, true); session_start(); $_SESSION["n"] = 12;',
    'the handler is changed while open' => 'session_start(); $_SESSION["n"] = 13; @session_set_save_handler(new SessionHandler); @session_module_name("files"); @ini_set("session.save_handler", "files");',
    'unset($_SESSION)' => 'session_start(); unset($_SESSION);',
    'a value that cannot be serialized' => 'session_start(); $_SESSION["f"] = fn () => 1;',
] as $how => $code) {
    $browser = $site->browser();
    $browser->get('session_start(); $_SESSION["n"] = 1;');
    $id = $browser->sid();
    $browser->get($code);
    $response = $browser->get('var_dump(session_start()); echo json_encode($_SESSION), "\n";');
    echo "$how: ", strtr(trim($response->body), "\n", ' '), $browser->sid() === $id ? '' : ', ANOTHER ID', "\n";
}
?>
--EXPECT--
write after commit: bool(true) {"n":2}
abort: bool(true) {"n":1}
write after abort: bool(true) {"n":1}
reset: bool(true) {"n":1}
reset and write: bool(true) {"n":3}
nested start: bool(true) {"n":5}
start twice with commit: bool(true) {"n":6}
write and reopen: bool(true) {"n":1,"m":1}
commit twice: bool(true) {"n":7}
read_and_close: bool(true) {"n":1}
no start at all: bool(true) {"n":1}
exit in a shutdown function: bool(true) {"n":8}
exit in a buffer callback: bool(true) {"n":9}
exception in a shutdown function: bool(true) {"n":10}
exception in read: bool(true) {"n":1}
exception after read: bool(true) {"n":1}
exception in write: bool(true) {"n":1}
exception in close: bool(true) {"n":11}
exit in read: bool(true) {"n":1}
a handler that never closes: bool(true) {"n":12}
the handler is changed while open: bool(true) {"n":13}
unset($_SESSION): bool(true) {"n":1}
a value that cannot be serialized: bool(true) {"n":1}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
