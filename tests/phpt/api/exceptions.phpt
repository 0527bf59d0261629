--TEST--
Every exception is caught by Sidereal\ExceptionInterface and can be thrown and extended by an application; what fails keeps the session and shows no secret
--FILE--
<?php
require __DIR__ . '/../browser.inc';
foreach ((new ReflectionExtension('sidereal'))->getClasses() as $class) {
    if ($class->implementsInterface(Throwable::class) && !$class->isInterface()) {
        $made = $class->newInstance('sentence', 99, new LogicException);
        echo $class->name, ' extends ', $class->getParentClass()->name, ' ', json_encode([$made instanceof Sidereal\ExceptionInterface, $made->getMessage(), $made->getCode()]), "\n";
    }
}
class Own extends Sidereal\ReauthenticationRequired {}
try { throw new Own('mine'); } catch (Sidereal\ExceptionInterface $e) { echo $e->getMessage(), "\n"; }

echo "no user ID in a trace:\n";
$site = new Site(__FILE__, ['zend.exception_ignore_args' => '0', 'sidereal.sessions_per_user' => '1', 'sidereal.sessions_full' => 'refuse', 'zend.exception_string_param_max_len' => '100']);
$body = $site->browser()->get('
    session_start();
    foreach (["Session::login", "Session::createId", "Session::userIs", "Roster::of", "Roster::revokeUser"] as $call) {
        try { ("Sidereal\\\\$call")("secret-user\0"); } catch (Sidereal\InvalidArgument $e) { echo $e, "\n"; }
    }')->body;
var_dump(str_contains($body, 'secret-user'), substr_count($body, 'SensitiveParameterValue') >= (PHP_VERSION_ID >= 80200 ? 5 : 0));

echo "a roster that is full:\n";
$laptop = $site->browser();
$laptop->get('session_start(); Sidereal\Session::login("alice");');
$phone = $site->browser();
$phone->get('session_start(); $_SESSION["csrf"] = "token";');
$id = $phone->sid();
echo $phone->get('
    session_start();
    $_SESSION["tried"] = 1;
    try { Sidereal\Session::login("alice", "pwd"); } catch (Sidereal\RosterFull $e) { echo $e->getCode(), " ", $e->getMessage(), "\n"; }
    var_dump(session_id() === $_COOKIE["PHPSESSID"], Sidereal\Session::userIs("alice"), session_status() === PHP_SESSION_ACTIVE);');
var_dump($phone->sid() === $id);
echo $phone->get('session_start(); echo json_encode($_SESSION), "\n";');
echo 'a new visitor: ', $site->browser()->get('
    session_start(); session_regenerate_id(); $_SESSION["n"] = 1;
    try { Sidereal\Session::login("alice", "pwd"); } catch (Sidereal\RosterFull $e) { echo $e->getCode(), "\n"; }
    session_write_close(); $_SESSION = []; session_start(); echo json_encode($_SESSION), "\n";');
$laptop->get('session_start(); Sidereal\Session::logout();');
echo $phone->get('session_start(); Sidereal\Session::login("alice", "pwd"); var_dump(Sidereal\Session::userIs("alice"), $_SESSION);');

echo "the one that is closest to its end makes room:\n";
$site->ini['sidereal.sessions_full'] = 'evict';
$site->pass(60);
$laptop->get('session_start(); Sidereal\Session::login("alice");');
echo $phone->get('session_start(); echo Sidereal\Session::denial()->name, "\n";'), $laptop->get('session_start(); var_dump(Sidereal\Session::userIs("alice"));');

echo "a store that is gone:\n";
$site->ini['sidereal.store'] = 'sqlite:/proc/nowhere';
echo $site->run('
    foreach ([fn () => count(Sidereal\Roster::of("alice")), fn () => Sidereal\Session::createId("alice"), fn () => Sidereal\Roster::revokeAll()] as $call) {
        try { $call(); echo "NOT REFUSED\n"; } catch (Sidereal\ExceptionInterface $e) { echo get_class($e), "\n"; }
    }');
?>
--EXPECTF--
Sidereal\InvalidArgument extends InvalidArgumentException [true,"sentence",99]
Sidereal\Misconfigured extends RuntimeException [true,"sentence",99]
Sidereal\StoreUnavailable extends RuntimeException [true,"sentence",99]
Sidereal\StoreFull extends Sidereal\StoreUnavailable [true,"sentence",99]
Sidereal\KeyringUnavailable extends RuntimeException [true,"sentence",99]
Sidereal\RandomnessUnavailable extends RuntimeException [true,"sentence",99]
Sidereal\SessionLost extends RuntimeException [true,"sentence",99]
Sidereal\NoActiveSession extends RuntimeException [true,"sentence",99]
Sidereal\InternalFault extends RuntimeException [true,"sentence",99]
Sidereal\RosterFull extends RuntimeException [true,"sentence",99]
Sidereal\ReauthenticationRequired extends RuntimeException [true,"sentence",99]
Sidereal\HeadersSent extends RuntimeException [true,"sentence",99]
Sidereal\NotBound extends RuntimeException [true,"sentence",99]
Sidereal\CsrfRefused extends RuntimeException [true,"sentence",99]
mine
no user ID in a trace:
bool(false)
bool(true)
a roster that is full:
15 expected the user to have fewer than 1 sessions (sidereal.sessions_per_user), found that many; sign one of them out, or set sidereal.sessions_full = evict
bool(true)
bool(false)
bool(true)
bool(true)
{"csrf":"token","tried":1}
a new visitor: 15
{"n":1}
bool(true)
array(2) {
  ["csrf"]=>
  string(5) "token"
  ["tried"]=>
  int(1)
}
the one that is closest to its end makes room:
Revoked
bool(true)
a store that is gone:
Sidereal\%s
Sidereal\%s
Sidereal\%s
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
