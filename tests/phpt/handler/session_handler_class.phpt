--TEST--
A class that extends SessionHandler keeps strict mode, and its IDs are moved to ours
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$class = '
    class Wrapped extends SessionHandler {
        public function read(string $id): string|false { return strrev(parent::read($id)); }
        public function write(string $id, string $data): bool { return parent::write($id, strrev($data)); }
    }
    session_set_save_handler(new Wrapped, true);';
$browser = $site->browser()->present('attacker');
$response = $browser->get("$class var_dump(session_start()); \$_SESSION['n'] = 1; var_dump(session_id() === 'attacker');");
echo $response;
var_dump($response->cookie()->value === $browser->sid(), $response->cookie()->attributes['httponly']);
echo $browser->get("$class session_start(); echo \$_SESSION['n'], \"\\n\"; var_dump(session_regenerate_id(true)); \$_SESSION['n'] = 2;");
echo $browser->get("$class session_start(); echo \$_SESSION['n'], \"\\n\"; session_destroy();");
var_dump($browser->sid());
echo "with an ID of its own:\n";
$class = 'class Own extends SessionHandler { public function create_sid(): string { return "own" . parent::create_sid(); } } session_set_save_handler(new Own, true);';
$response = $browser->get("$class session_start(); \$_SESSION['n'] = 3; var_dump(str_starts_with(session_id(), 'own'));");
echo $response;
echo $browser->get("$class session_start(); echo \$_SESSION['n'], \"\\n\"; session_regenerate_id(); var_dump(str_starts_with(session_id(), 'own'));");
echo $browser->get("$class session_start(); echo \$_SESSION['n'], \"\\n\";");
echo "another session:\n";
echo $browser->get('
    class Nosy extends SessionHandler { }
    session_set_save_handler($nosy = new Nosy, true);
    session_start();
    var_dump($nosy->read("other"), $nosy->write("other", "x"), $nosy->destroy("other"));');
?>
--EXPECTF--
bool(true)
bool(false)
bool(true)
bool(true)
1
bool(true)
2
NULL
with an ID of its own:
bool(false)
3
bool(false)
3
another session:

Warning: SessionHandler::read(): Sidereal: expected the ID of the session that is open, found another one; a request reaches no other session than its own in %s on line %d

Warning: SessionHandler::write(): Sidereal: expected the ID of the session that is open, found another one; a request reaches no other session than its own in %s on line %d

Warning: SessionHandler::destroy(): Sidereal: expected the ID of the session that is open, found another one; a request reaches no other session than its own in %s on line %d
bool(false)
bool(false)
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
