--TEST--
Sidereal\SessionHandler is a session handler object with validation and touching, for frameworks: strict, rotating, and with the API
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['session.lazy_write' => '1']);
$uses = [
    'itself' => 'session_set_save_handler(new Sidereal\SessionHandler, true);',
    'a subclass' => 'class Handler extends Sidereal\SessionHandler { public function read(string $id): string|false { return parent::read($id); } } session_set_save_handler(new Handler, true);',
    'a proxy' => 'class Proxy implements SessionHandlerInterface, SessionIdInterface, SessionUpdateTimestampHandlerInterface {
        private Sidereal\SessionHandler $inner;
        public function __construct() { $this->inner = new Sidereal\SessionHandler; }
        public function open(string $path, string $name): bool { return $this->inner->open($path, $name); }
        public function close(): bool { return $this->inner->close(); }
        public function create_sid(): string { return $this->inner->create_sid(); }
        public function read(string $id): string|false { return $this->inner->read($id); }
        public function write(string $id, string $data): bool { return $this->inner->write($id, $data); }
        public function destroy(string $id): bool { return $this->inner->destroy($id); }
        public function gc(int $lifetime): int|false { return $this->inner->gc($lifetime); }
        public function validateId(string $id): bool { return $this->inner->validateId($id); }
        public function updateTimestamp(string $id, string $data): bool { return $this->inner->updateTimestamp($id, $data); }
    } session_set_save_handler(new Proxy, true);',
];
foreach ($uses as $what => $use) {
    echo "$what:\n";
    $browser = $site->browser()->present('attacker');
    $browser->get("$use session_start(); \$_SESSION['n'] = 1;");
    var_dump($browser->sid() !== 'attacker' && strlen($browser->sid()) === 79);
    echo $browser->get("$use session_start(); echo json_encode(\$_SESSION), ' ';"), $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
    $old = $browser->sid();
    echo $browser->get("$use session_start(); Sidereal\\Session::login('alice', 'pwd', ['n']); var_dump(Sidereal\\Session::userIs('alice'));");
    echo $browser->get("$use session_start(); var_dump(Sidereal\\Session::userIs('alice') && session_id() !== '$old');");
    $site->pass(16 * 60);
    $old = $browser->sid();
    $browser->get("$use session_start();");
    var_dump($browser->sid() !== $old);
    $browser->get("$use session_start(); Sidereal\\Session::logout();");
    var_dump($browser->sid());
}
echo "used wrongly:\n";
echo $site->run('
    $handler = new Sidereal\SessionHandler;
    foreach (["validateId" => ["x"], "updateTimestamp" => ["x", "y"]] as $method => $arguments) {
        try { $handler->$method(...$arguments); } catch (Sidereal\NoActiveSession $e) { echo $e->getCode(), "\n"; }
    }
    try { serialize($handler); } catch (Exception $e) { echo $e->getMessage(), "\n"; }');
echo $site->run('try { new Sidereal\SessionHandler; } catch (Sidereal\Misconfigured $e) { echo $e->getMessage(), "\n"; }', ['session.save_handler' => 'files']);
echo $site->run('
    session_set_save_handler($handler = new Sidereal\SessionHandler, true);
    session_start();
    var_dump($handler->validateId(session_id()), $handler->validateId("another"), $handler->updateTimestamp("another", ""));');
?>
--EXPECTF--
itself:
bool(true)
{"n":1} {"n":1}
bool(true)
bool(true)
bool(true)
NULL
a subclass:
bool(true)
{"n":1} {"n":1}
bool(true)
bool(true)
bool(true)
NULL
a proxy:
bool(true)
{"n":1} {"n":1}
bool(true)
bool(true)
bool(true)
NULL
used wrongly:
12
12
Serialization of 'Sidereal\SessionHandler' is not allowed
expected session.save_handler to be sidereal, found another one; set it in php.ini before this class is used
%A
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
