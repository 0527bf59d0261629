--TEST--
Without an active session every method that needs one says so; those that need none work
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$calls = '
    use Sidereal\{Roster, Session};
    $calls = [
        "login" => fn () => Session::login("alice"),
        "elevate" => fn () => Session::elevate(),
        "reauthenticated" => fn () => Session::reauthenticated("pwd"),
        "requireFresh" => fn () => Session::requireFresh(),
        "logout" => fn () => Session::logout(),
        "userIs" => fn () => Session::userIs("alice"),
        "info" => fn () => Session::info(),
        "revokeOthers" => fn () => Roster::of("alice")->revokeOthers(),
        "denial" => fn () => Session::denial(),
        "createId" => fn () => strlen(Session::createId("alice")),
        "list" => fn () => count(Roster::of("alice")),
        "revokeUser" => fn () => Roster::revokeUser("alice"),
        "ofPrefix" => fn () => count(Roster::ofPrefix("u1-")),
    ];
    foreach ($calls as $name => $call) {
        try { $result = var_export($call(), true); echo "$name $result\n"; }
        catch (Sidereal\ExceptionInterface $e) { echo $name, ": ", get_class($e), " ", $e->getCode(), ": ", $e->getMessage(), "\n"; }
    }';
echo "before session_start():\n", $site->browser()->get($calls);
echo "with another save handler:\n", $site->browser()->get("session_start(); $calls", ini: ['session.save_handler' => 'files', 'session.save_path' => $site->directory]);
echo "after the session was closed:\n", $site->browser()->get("session_start(); session_write_close(); $calls");
echo "nobody has logged in:\n", $site->browser()->get('
    session_start();
    try { Sidereal\Session::reauthenticated("pwd"); } catch (Sidereal\NotBound $e) { echo $e->getMessage(), "\n"; }
    try { Sidereal\Roster::of("alice")->revokeOthers(); } catch (Sidereal\NoActiveSession $e) { echo $e->getMessage(), "\n"; }
    var_dump(Sidereal\Session::info(), Sidereal\Session::denial());');
?>
--EXPECT--
before session_start():
login: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
elevate: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
reauthenticated: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
requireFresh: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
logout: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
userIs: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
info: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
revokeOthers: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
denial: Sidereal\NoActiveSession 12: expected a session to have been opened in this request, found none; call session_start() first
createId 79
list 0
revokeUser 0
ofPrefix 0
with another save handler:
login: Sidereal\NoActiveSession 12: expected an active session of Sidereal, found none; set session.save_handler = sidereal and call session_start() first
elevate: Sidereal\NoActiveSession 12: expected an active session of Sidereal, found none; set session.save_handler = sidereal and call session_start() first
reauthenticated: Sidereal\NoActiveSession 12: expected an active session of Sidereal, found none; set session.save_handler = sidereal and call session_start() first
requireFresh: Sidereal\NoActiveSession 12: expected an active session of Sidereal, found none; set session.save_handler = sidereal and call session_start() first
logout NULL
userIs: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
info: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
revokeOthers: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
denial: Sidereal\NoActiveSession 12: expected a session to have been opened in this request, found none; call session_start() first
createId 79
list 0
revokeUser 0
ofPrefix 0
after the session was closed:
login: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
elevate: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
reauthenticated: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
requireFresh: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
logout: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
userIs: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
info: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
revokeOthers: Sidereal\NoActiveSession 12: expected an active session, found none; call session_start() first
denial NULL
createId 79
list 0
revokeUser 0
ofPrefix 0
nobody has logged in:
expected a session that somebody has logged in to, found an anonymous one; call Sidereal\Session::login() first
expected the active session to be one of this user's, found that it is not; use Roster::revokeUser() to end all of somebody's sessions
NULL
NULL
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
