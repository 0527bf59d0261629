--TEST--
A17: what a visitor's session was led to hold does not come along into the log-in unless it is named; who is logged in and how freshly cannot be reached through $_SESSION
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo json_encode($_SESSION), Sidereal\Session::userIs("alice") ? "!" : "", " ";';
$visitor = 'session_start(); $_SESSION = ["reset_for" => "admin", "user" => "admin", "cart" => [1, 2], "7" => "seven"];';
foreach (['null', '["cart"]', '["cart", "missing", 7]', '[]'] as $keep) {
    $alice = $site->browser();
    $alice->get($visitor);
    $old = $alice->sid();
    echo "keep: $keep: ", $alice->get("session_start(); Sidereal\\Session::login('alice', keep: $keep); echo json_encode(array_keys(\$_SESSION)), ' ';"), $alice->get($look), "\n";
}
echo "destructors and references see nothing half-done:\n";
echo $alice->get('
    class Nosy { public function __destruct() { echo "destructor: ", json_encode(array_keys($_SESSION)), Sidereal\Session::userIs("bob") ? "!" : "", "\n"; } }
    session_start();
    $cart = [1];
    $_SESSION = ["nosy" => new Nosy, "cart" => &$cart];
    Sidereal\Session::login("bob", keep: ["cart"]);
    $cart[] = 2;
    echo json_encode($_SESSION), "\n";');
echo $alice->get('session_start(); echo json_encode($_SESSION), "\n";');
echo "what user code can do to its data:\n";
$alice = $site->browser();
$alice->get('session_start(); Sidereal\Session::login("alice", "pwd"); $_SESSION["user"] = "alice";');
$site->pass(400);
foreach ([
    '$_SESSION = [];', 'session_unset();', 'unset($_SESSION);', '$_SESSION = "text";', '$x = &$_SESSION; $x = ["sidereal" => ["user" => "bob", "authenticated" => PHP_INT_MAX]];',
    'session_decode("authenticated|i:9999999999;methods|a:1:{i:0;s:3:\"otp\";}");', '$GLOBALS["_SESSION"] = ["authenticatedAt" => time()];', 'session_reset();',
] as $code) {
    echo $alice->get("
        session_start(); $code
        var_dump(Sidereal\\Session::userIs('alice') && !Sidereal\\Session::userIs('bob') && Sidereal\\Session::info()->methods === ['pwd']);
        try { Sidereal\\Session::requireFresh(); echo 'FRESH'; } catch (Sidereal\\ReauthenticationRequired) { }");
}
echo $alice->get('session_start(); var_dump(Sidereal\Session::userIs("alice"));');
?>
--EXPECT--
keep: null: ["reset_for","user","cart"] {"reset_for":"admin","user":"admin","cart":[1,2]}! 
keep: ["cart"]: ["cart"] {"cart":[1,2]}! 
keep: ["cart", "missing", 7]: ["cart"] {"cart":[1,2]}! 
keep: []: [] []! 
destructors and references see nothing half-done:
destructor: ["cart"]!
{"cart":[1,2]}
{"cart":[1,2]}
what user code can do to its data:
bool(true)
bool(true)
bool(true)
bool(true)
bool(true)
bool(true)
bool(true)
bool(true)
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
