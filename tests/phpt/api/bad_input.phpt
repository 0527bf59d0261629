--TEST--
Bad input is refused with a typed exception that says what was expected, and the session stays what it was
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$alice->get('session_start(); Sidereal\Session::login("alice", "pwd"); $_SESSION["n"] = 1;');
echo $alice->get('
    use Sidereal\{Roster, Session};
    session_start();
    $users = ["empty" => "", "256 bytes" => str_repeat("a", 256), "1 MB" => str_repeat("a", 1 << 20), "NUL" => "a\0b"];
    $calls = [
        "login" => fn ($user) => Session::login($user),
        "createId" => fn ($user) => Session::createId($user),
        "userIs" => fn ($user) => Session::userIs($user),
        "Roster::of" => fn ($user) => Roster::of($user),
        "revokeUser" => fn ($user) => Roster::revokeUser($user),
    ];
    function attempt(string $what, Closure $call): void {
        try {
            $call();
            echo "$what: ACCEPTED\n";
        } catch (Throwable $e) {
            echo "$what: ", get_class($e), " ", $e->getCode(), $e instanceof Sidereal\ExceptionInterface && strlen($e->getMessage()) < 300 && str_starts_with($e->getMessage(), "expected ") ? "" : " " . $e->getMessage(), "\n";
        }
    }
    foreach ($calls as $name => $call) {
        foreach ($users as $what => $user) {
            attempt("$name, $what", fn () => $call($user));
        }
    }
    foreach (["", "no handle", "\0", str_repeat("a", 1 << 20), str_repeat("a", 25), str_repeat("A", 26), session_id()] as $handle) {
        attempt("revoke", fn () => Roster::of("alice")->revoke($handle));
    }
    foreach (["", "\0", "p w d", "ä", str_repeat("m", 65), str_repeat("m", 1 << 20)] as $name) {
        attempt("method", fn () => Session::login("alice", $name));
        attempt("scope", fn () => Session::reauthenticated("pwd", [$name]));
    }
    attempt("17 methods", fn () => Session::login("alice", array_fill(0, 17, "pwd")));
    attempt("a method that is none", fn () => Session::login("alice", ["pwd", 5]));
    attempt("a key that is none", fn () => Session::login("alice", keep: [1.5]));
    attempt("an array as user", fn () => Session::login([]));
    attempt("age zero", fn () => Session::requireFresh(0));
    attempt("negative age", fn () => Session::requireFresh(PHP_INT_MIN));
    Session::requireFresh(PHP_INT_MAX);
    var_dump(session_id() === $_COOKIE["PHPSESSID"], Session::userIs("alice"), Session::info()->methods, $_SESSION);
    var_dump(Roster::of("alice")->revoke(str_repeat("a", 26)));
');
?>
--EXPECTF--
login, empty: Sidereal\InvalidArgument 2
login, 256 bytes: Sidereal\InvalidArgument 2
login, 1 MB: Sidereal\InvalidArgument 2
login, NUL: Sidereal\InvalidArgument 2
createId, empty: Sidereal\InvalidArgument 2
createId, 256 bytes: Sidereal\InvalidArgument 2
createId, 1 MB: Sidereal\InvalidArgument 2
createId, NUL: Sidereal\InvalidArgument 2
userIs, empty: Sidereal\InvalidArgument 2
userIs, 256 bytes: Sidereal\InvalidArgument 2
userIs, 1 MB: Sidereal\InvalidArgument 2
userIs, NUL: Sidereal\InvalidArgument 2
Roster::of, empty: Sidereal\InvalidArgument 2
Roster::of, 256 bytes: Sidereal\InvalidArgument 2
Roster::of, 1 MB: Sidereal\InvalidArgument 2
Roster::of, NUL: Sidereal\InvalidArgument 2
revokeUser, empty: Sidereal\InvalidArgument 2
revokeUser, 256 bytes: Sidereal\InvalidArgument 2
revokeUser, 1 MB: Sidereal\InvalidArgument 2
revokeUser, NUL: Sidereal\InvalidArgument 2
revoke: Sidereal\InvalidArgument 2
revoke: Sidereal\InvalidArgument 2
revoke: Sidereal\InvalidArgument 2
revoke: Sidereal\InvalidArgument 2
revoke: Sidereal\InvalidArgument 2
revoke: Sidereal\InvalidArgument 2
revoke: Sidereal\InvalidArgument 2
method: Sidereal\InvalidArgument 2
scope: Sidereal\InvalidArgument 2
method: Sidereal\InvalidArgument 2
scope: Sidereal\InvalidArgument 2
method: Sidereal\InvalidArgument 2
scope: Sidereal\InvalidArgument 2
method: Sidereal\InvalidArgument 2
scope: Sidereal\InvalidArgument 2
method: Sidereal\InvalidArgument 2
scope: Sidereal\InvalidArgument 2
method: Sidereal\InvalidArgument 2
scope: Sidereal\InvalidArgument 2
17 methods: Sidereal\InvalidArgument 2
a method that is none: TypeError 0 Sidereal\Session::login(): Argument #2 ($methods) must be a string or a list of strings, int found in the list
a key that is none: TypeError 0 Sidereal\Session::login(): Argument #3 ($keep) must be a list of keys of $_SESSION, float found in the list
an array as user: TypeError 0 Sidereal\Session::login(): Argument #1 ($userId) must be of type string, array given
age zero: Sidereal\InvalidArgument 2
negative age: Sidereal\InvalidArgument 2
bool(true)
bool(true)
array(1) {
  [0]=>
  string(3) "pwd"
}
array(1) {
  ["n"]=>
  int(1)
}
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
