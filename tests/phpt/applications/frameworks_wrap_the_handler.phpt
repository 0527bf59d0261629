--TEST--
Frameworks that wrap SessionHandler, in a subclass or in a proxy of their own, have working, strict and rotating sessions
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$wrappers = [
    'a subclass' => 'class Handler extends SessionHandler {
        public function read(string $id): string|false { return (string) parent::read($id); }
        public function write(string $id, string $data): bool { return parent::write($id, $data); }
    }',
    'a subclass that encodes' => 'class Handler extends SessionHandler {
        public function read(string $id): string|false { return (string) base64_decode(parent::read($id)); }
        public function write(string $id, string $data): bool { return parent::write($id, base64_encode($data)); }
    }',
    'a proxy' => 'class Handler implements SessionHandlerInterface, SessionUpdateTimestampHandlerInterface {
        private SessionHandler $inner;
        public function __construct() { $this->inner = new SessionHandler; }
        public function open(string $path, string $name): bool { return $this->inner->open($path, $name); }
        public function close(): bool { return $this->inner->close(); }
        public function read(string $id): string|false { return $this->inner->read($id); }
        public function write(string $id, string $data): bool { return $this->inner->write($id, $data); }
        public function destroy(string $id): bool { return $this->inner->destroy($id); }
        public function gc(int $lifetime): int|false { return $this->inner->gc($lifetime); }
        public function validateId(string $id): bool { return true; }
        public function updateTimestamp(string $id, string $data): bool { return $this->inner->write($id, $data); }
    }',
    'a proxy that makes IDs' => 'class Handler implements SessionHandlerInterface, SessionIdInterface {
        private SessionHandler $inner;
        public function __construct() { $this->inner = new SessionHandler; }
        public function open(string $path, string $name): bool { return $this->inner->open($path, $name); }
        public function close(): bool { return $this->inner->close(); }
        public function create_sid(): string { return $this->inner->create_sid(); }
        public function read(string $id): string|false { return $this->inner->read($id); }
        public function write(string $id, string $data): bool { return $this->inner->write($id, $data); }
        public function destroy(string $id): bool { return $this->inner->destroy($id); }
        public function gc(int $lifetime): int|false { return $this->inner->gc($lifetime); }
    }',
];
foreach ($wrappers as $what => $class) {
    echo "$what:\n";
    $site = new Site(__FILE__);
    $use = "$class session_set_save_handler(new Handler, true); var_dump(session_start());";
    $show = 'echo json_encode($_SESSION), "\n";';
    $browser = $site->browser()->present('made-up-by-an-attacker');
    echo $browser->get("$use \$_SESSION['n'] = 1;");
    var_dump($browser->sid() !== 'made-up-by-an-attacker');
    echo $site->browser()->present('made-up-by-an-attacker')->get("$use $show");
    echo $browser->get("$use \$_SESSION['n']++; $show");
    $old = $browser->sid();
    $response = $browser->get("$use session_regenerate_id(true); \$_SESSION['user'] = 'alice';");
    echo $response;
    var_dump($browser->sid() !== $old);
    echo $browser->get("$use $show");
    $site->pass(16 * 60);
    echo $browser->get("$use $show"), $browser->get("$use session_gc(); $show");
    $in = $browser->sid();
    $browser->get("$use session_destroy();");
    echo $browser->sid() === null ? "no cookie\n" : "a cookie\n";
    echo $site->browser()->present($in)->get("$use $show");
}
?>
--EXPECT--
a subclass:
bool(true)
bool(true)
bool(true)
[]
bool(true)
{"n":2}
bool(true)
bool(true)
bool(true)
{"n":2,"user":"alice"}
bool(true)
{"n":2,"user":"alice"}
bool(true)
{"n":2,"user":"alice"}
no cookie
bool(true)
[]
a subclass that encodes:
bool(true)
bool(true)
bool(true)
[]
bool(true)
{"n":2}
bool(true)
bool(true)
bool(true)
{"n":2,"user":"alice"}
bool(true)
{"n":2,"user":"alice"}
bool(true)
{"n":2,"user":"alice"}
no cookie
bool(true)
[]
a proxy:
bool(true)
bool(true)
bool(true)
[]
bool(true)
{"n":2}
bool(true)
bool(true)
bool(true)
{"n":2,"user":"alice"}
bool(true)
{"n":2,"user":"alice"}
bool(true)
{"n":2,"user":"alice"}
no cookie
bool(true)
[]
a proxy that makes IDs:
bool(true)
bool(true)
bool(true)
[]
bool(true)
{"n":2}
bool(true)
bool(true)
bool(true)
{"n":2,"user":"alice"}
bool(true)
{"n":2,"user":"alice"}
bool(true)
{"n":2,"user":"alice"}
no cookie
bool(true)
[]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
