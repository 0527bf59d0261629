--TEST--
R15, R39: sidereal.on_obsolete = unauthenticate takes the log-in out of all of the user's sessions and leaves the rest, however they are opened
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$show = 'echo json_encode($_SESSION), " ", Sidereal\Session::userIs("alice") ? "bound" : "unbound", " ";';
$ways = [
    'session_start' => "session_start(); $show",
    'read_and_close' => 'session_start(["read_and_close" => true]); echo json_encode($_SESSION), " ";',
    'auto_start' => $show,
    'session_reset' => "session_start(); \$_SESSION['user_id'] = 'mallory'; session_reset(); $show",
    'object' => "session_set_save_handler(new Sidereal\\SessionHandler(), true); session_start(); $show",
    'decrypting' => 'class Own extends SessionHandler {
        public function read(string $id): string|false { return strrev(parent::read($id)); }
        public function write(string $id, string $data): bool { return parent::write($id, strrev($data)); }
    }
    session_set_save_handler(new Own()); session_start();' . $show,
    'spying' => 'class Spy {
        public function __wakeup() { global $seen; $seen = $_SESSION["user_id"] ?? "nobody"; }
    }
    session_start(); echo $seen ?? "", " ";' . $show,
];
foreach (['php', 'php_serialize', 'php_binary'] as $serializer) {
    foreach ($ways as $name => $script) {
        if ($serializer !== 'php' && !in_array($name, ['session_start', 'spying'])) {
            continue;
        }
        $site = new Site(__FILE__, [
            'sidereal.on_obsolete' => 'unauthenticate',
            'sidereal.auth_keys' => 'user_id, auth.uid ,acl.role, flag.x.y',
            'session.serialize_handler' => $serializer,
        ]);
        $open = match ($name) {
            'decrypting' => strstr($ways['decrypting'], 'session_start', true) . 'session_start();',
            'spying' => 'class Spy {} session_start(); $_SESSION["spy"] = new Spy();',
            default => 'session_start();',
        };
        $login = "$open Sidereal\\Session::login('alice', 'pwd'); \$_SESSION['user_id'] = 'alice'; "
            . '$_SESSION["cart"] = ["lantern"]; $_SESSION["auth"] = ["uid" => 7, "theme" => "dark"]; $_SESSION["acl"] = "all"; $_SESSION["flag"] = ["x" => ["y" => 1, "z" => 2]];';
        [$laptop, $phone] = [$site->browser(), $site->browser()];
        $laptop->get($login);
        $phone->get($login);
        $thief = clone $laptop;
        $site->pass(901);
        $auto = ['session.auto_start' => $name === 'auto_start' ? '1' : '0'];
        $keep = $name === 'decrypting' ? $open : 'session_start();';
        foreach ([$laptop, $laptop, $phone, $phone] as $browser) {
            $browser->get($keep);
        }
        $site->pass(301);
        echo "$serializer $name: thief ", $thief->get('session_start(); echo json_encode($_SESSION), " ", Sidereal\Session::denial()->value;'), "\n";
        echo '  phone ', $phone->get($script, ini: $auto), 'again ', $phone->get($script, ini: $auto), "\n";
        if ($name === 'session_start') {
            $before = $laptop->sid();
            echo '  laptop ', $laptop->get($script), $laptop->sid() === $before ? 'same ID ' : 'new ID ';
            $laptop->get('session_start(); Sidereal\Session::login("alice", "pwd"); $_SESSION["user_id"] = "alice";');
            echo 'again ', $laptop->get($script), "\n";
            echo '  thief ', $thief->get('session_start(); echo json_encode($_SESSION);'), ' laptop ', $laptop->get($script), count($site->events('obsolete_access')), " alarm\n";
        }
    }
}
?>
--EXPECT--
php session_start: thief [] obsolete
  phone {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound 
  laptop {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound new ID again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}},"user_id":"alice"} bound 
  thief [] laptop {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}},"user_id":"alice"} bound 1 alarm
php read_and_close: thief [] obsolete
  phone {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} 
php auto_start: thief [] obsolete
  phone {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound 
php session_reset: thief [] obsolete
  phone {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound 
php object: thief [] obsolete
  phone {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound 
php decrypting: thief [] obsolete
  phone {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound 
php spying: thief [] obsolete
  phone nobody {"spy":{},"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound again nobody {"spy":{},"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound 
php_serialize session_start: thief [] obsolete
  phone {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound 
  laptop {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound new ID again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}},"user_id":"alice"} bound 
  thief [] laptop {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}},"user_id":"alice"} bound 1 alarm
php_serialize spying: thief [] obsolete
  phone nobody {"spy":{},"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound again nobody {"spy":{},"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound 
php_binary session_start: thief [] obsolete
  phone {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound 
  laptop {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound new ID again {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}},"user_id":"alice"} bound 
  thief [] laptop {"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}},"user_id":"alice"} bound 1 alarm
php_binary spying: thief [] obsolete
  phone nobody {"spy":{},"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound again nobody {"spy":{},"cart":["lantern"],"auth":{"theme":"dark"},"flag":{"x":{"z":2}}} unbound 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
