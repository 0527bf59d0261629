--TEST--
R13, R24, R43: with sidereal.user_key an application that knows nothing of Sidereal has its sessions bound: new ID, roster, revoke, and unbound when the key goes
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.user_key' => 'auth.uid']);
$roster = fn (string $user) => count(json_decode($site->run("echo json_encode(Sidereal\\Roster::of('$user')->list());")));
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["cart"] = 1;');
$planted = $alice->sid();

echo "log-in:\n";
$response = $alice->get('session_start(); $_SESSION["auth"]["uid"] = 7; header("Location: /");');
var_dump($alice->sid() !== $planted, count($response->cookies()), $roster('7'));
echo 'the new ID: ', $alice->get('session_start(); echo json_encode($_SESSION);'), "\n";
echo 'the planted ID: ', $site->browser()->present($planted)->get('session_start(); echo json_encode($_SESSION);'), "\n";
echo $alice->get('session_start(); $info = Sidereal\Session::info(); echo $info->state->name, " ", implode(" ", $info->methods);'), "\n";
$id = $alice->sid();
$alice->get('session_start(); $_SESSION["cart"]++;');
$alice->get('session_start();');
var_dump($alice->sid() === $id);
echo 'no proof was given: ', $alice->get('session_start(); try { Sidereal\Session::requireFresh(); } catch (Sidereal\ReauthenticationRequired) { echo "refused"; }'), "\n";

echo "session_write_close() in the middle, another user, a text:\n";
echo $alice->get('session_start(); $_SESSION["auth"]["uid"] = "bob"; session_write_close(); echo str_repeat("x", 9000);')->cookies() ? "cookie\n" : "NO COOKIE\n";
var_dump($alice->sid() !== $id, $roster('7'), $roster('bob'));
echo 'the ID before: ', $site->browser()->present($id)->get('session_start(); echo json_encode($_SESSION);'), "\n";

echo "too late:\n";
$carol = $site->browser();
$carol->get('session_start(); $_SESSION["cart"] = 1;');
$id = $carol->sid();
$body = $carol->get('session_start(); $_SESSION["auth"]["uid"] = "carol"; echo str_repeat("x", 9000);')->body;
echo str_replace(str_repeat('x', 9000), '', $body), "\n";
var_dump($carol->sid() === $id, $roster('carol'), count($site->events('user_key_too_late')));
echo 'and at the next request: ', $carol->get('session_start();'), $roster('carol'), "\n";

echo "log-out by taking the key out:\n";
$id = $carol->sid();
$carol->get('session_start(); unset($_SESSION["auth"]);');
var_dump($carol->sid() !== $id, $roster('carol'));
echo $carol->get('session_start(); echo json_encode($_SESSION);'), ' ', $site->browser()->present($id)->get('session_start(); echo json_encode($_SESSION);'), "\n";

echo "revoked from the roster:\n";
echo $site->run('echo Sidereal\Roster::revokeUser("bob");'), ' ', $alice->get('session_start(); echo json_encode($_SESSION), " ", Sidereal\Session::denial()->name;'), "\n";

echo "what cannot be a user:\n";
$dave = $site->browser();
echo preg_replace('/ in .* on line \d+/', '', $dave->get('session_start(); $_SESSION["auth"]["uid"] = ["x"]; session_write_close();')->body), "\n";
echo preg_replace('/ in .* on line \d+/', '', $dave->get('session_start(); $_SESSION["auth"]["uid"] = "a\0b"; session_write_close();')->body), "\n";
echo $dave->get('session_start(); echo strlen($_SESSION["auth"]["uid"]), " ", json_encode(Sidereal\Session::info()?->state);'), "\n";
?>
--EXPECTF--
log-in:
bool(true)
int(1)
int(1)
the new ID: {"cart":1,"auth":{"uid":7}}
the planted ID: {"cart":1}
Authenticated application
bool(true)
no proof was given: refused
session_write_close() in the middle, another user, a text:
cookie
bool(true)
int(0)
int(1)
the ID before: []
too late:

Warning: PHP Request Shutdown: Sidereal: expected headers not to have been sent when sidereal.user_key found another user in $_SESSION, because a new session ID goes into one, found that they were; the session is bound at the next request that can, or call session_write_close() before any output in %s on line %d

bool(true)
int(0)
int(1)
and at the next request: 1
log-out by taking the key out:
bool(true)
int(0)
{"cart":1} []
revoked from the roster:
1 [] Revoked
what cannot be a user:

Warning: session_write_close(): Sidereal: expected the key of $_SESSION that sidereal.user_key names to hold a text or a whole number, found array; name the key of the user's ID


Warning: session_write_close(): %sNUL%s

3 "anonymous"
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
