--TEST--
Auto-login: bad input, settings and moments are typed exceptions or null as documented, never a warning
--FILE--
<?php
require __DIR__ . '/../autologin.inc';
$site = remembering(__FILE__);
$calls = '
    use Sidereal\AutoLogin;
    $calls = [
        "enable" => fn () => AutoLogin::enable("alice"),
        "enable, no user" => fn () => AutoLogin::enable(""),
        "resume" => fn () => AutoLogin::resume(),
        "disable" => fn () => AutoLogin::disable(),
        "list" => fn () => count(AutoLogin::list("alice")),
        "list, NUL" => fn () => AutoLogin::list("a\0b"),
        "revoke" => fn () => AutoLogin::revoke("alice"),
        "revoke, no handle" => fn () => AutoLogin::revoke("alice", "x"),
        "revoke, 1 MB" => fn () => AutoLogin::revoke(str_repeat("a", 1 << 20)),
    ];
    foreach ($calls as $name => $call) {
        try { $result = var_export($call(), true); echo "$name $result\n"; }
        catch (Sidereal\ExceptionInterface $e) { echo $name, ": ", get_class($e), " ", $e->getCode(), str_contains($e, "alice") ? " SAYS WHO IT IS" : "", "\n"; }
    }';
echo "before session_start():\n", $site->browser()->get($calls, server: HTTPS);
echo "nobody has logged in:\n", $site->browser()->get("session_start(); $calls", server: HTTPS);
echo "headers are sent:\n", $site->browser()->get("session_start(); echo '-'; flush(); $calls", server: HTTPS, ini: ['output_buffering' => '0']);
echo "auto-login is off:\n", $site->browser()->get("session_start(); Sidereal\\Session::login('alice'); $calls", server: HTTPS, ini: ['sidereal.autologin_path' => '']);
$wrong = ['sidereal.autologin_path' => 'auth', 'sidereal.autologin_cookie' => 'stay', 'sidereal.autologin_lifetime' => '1'];
foreach ($wrong as $name => $value) {
    $response = $site->browser()->get('session_start(); echo session_status() === PHP_SESSION_ACTIVE ? "active" : "refused", "\n";', ini: [$name => $value, 'display_errors' => '0']);
    echo "$name = $value: ", $response->body;
}
?>
--EXPECTF--
before session_start():
enable: Sidereal\NoActiveSession 12
enable, no user: Sidereal\NoActiveSession 12
resume: Sidereal\NoActiveSession 12
disable false
list 0
list, NUL: Sidereal\InvalidArgument 2
revoke 0
revoke, no handle: Sidereal\InvalidArgument 2
revoke, 1 MB: Sidereal\InvalidArgument 2
nobody has logged in:
enable: Sidereal\NotBound 18
enable, no user: Sidereal\InvalidArgument 2
resume NULL
disable false
list 0
list, NUL: Sidereal\InvalidArgument 2
revoke 0
revoke, no handle: Sidereal\InvalidArgument 2
revoke, 1 MB: Sidereal\InvalidArgument 2
headers are sent:
-enable: Sidereal\HeadersSent 17
enable, no user: Sidereal\HeadersSent 17
resume: Sidereal\HeadersSent 17
disable false
list 0
list, NUL: Sidereal\InvalidArgument 2
revoke 0
revoke, no handle: Sidereal\InvalidArgument 2
revoke, 1 MB: Sidereal\InvalidArgument 2
auto-login is off:
enable: Sidereal\Misconfigured 3
enable, no user: Sidereal\Misconfigured 3
resume NULL
disable false
list 0
list, NUL: Sidereal\InvalidArgument 2
revoke 0
revoke, no handle: Sidereal\InvalidArgument 2
revoke, 1 MB: Sidereal\InvalidArgument 2
sidereal.autologin_path = auth: refused
sidereal.autologin_cookie = stay: refused
sidereal.autologin_lifetime = 1: refused
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
