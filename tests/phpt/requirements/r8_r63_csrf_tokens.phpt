--TEST--
R8, R63: tokens are masked, bound to session, scope and use, survive rotation, and end with a log-in or log-out
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$token = fn (string $arguments = '') => "session_start(); \$_SESSION['n'] = 1; echo Sidereal\\Csrf::token($arguments);";
$verify = fn (string $token, string $arguments = '') => "session_start(); var_dump(Sidereal\\Csrf::verify('$token' $arguments));";
$alice = $site->browser();
$page = $alice->get('session_start(); $_SESSION["n"] = 1;
    for ($i = 0; $i < 1000; $i++) { $seen[Sidereal\Csrf::token()] = 1; }
    echo count($seen), " ", strlen(array_key_first($seen)), " ", Sidereal\Csrf::field();');
echo preg_replace('/value="[\w-]{87}"/', 'value="..."', $page->body), "\n";

$one = $alice->get($token())->body;
echo 'its session: ', $alice->get($verify($one));
echo 'again: ', $alice->get($verify($one));
echo 'another scope: ', $alice->get($verify($one, ', "transfer"'));
echo 'another session: ', $site->browser()->get($verify($one));
$before = $alice->sid();
$site->pass(16 * 60);
$alice->get('session_start();');
$alice->get('session_start();');
echo 'rotated: ', var_export($alice->sid() !== $before, true), ' ', $alice->get($verify($one));

$once = $alice->get($token('"close", true'))->body;
echo 'one-shot, as an ordinary one: ', $alice->get($verify($once, ', "close"'));
echo 'one-shot: ', $alice->get($verify($once, ', "close", true'));
echo 'one-shot again: ', $alice->get($verify($once, ', "close", true'));

$alice->get('session_start(); Sidereal\Session::login("alice", "pwd");');
echo 'after a log-in: ', $alice->get($verify($one));
$two = $alice->get($token())->body;
echo 'a new one: ', $alice->get($verify($two));
$alice->get('session_start(); Sidereal\Session::logout();');
echo 'after a log-out: ', $alice->get($verify($two));

echo 'bad input: ';
foreach (['""', '"\0"', 'str_repeat("A", 87)', 'str_repeat("A", 1 << 20)', '"ä"'] as $bad) {
    echo $alice->get("session_start(); echo (int) Sidereal\\Csrf::verify($bad);"), ' ';
}
echo "\n", $alice->get('session_start(); try { Sidereal\Csrf::token("two words"); } catch (Sidereal\InvalidArgument $e) { echo $e->getMessage(); }');
foreach (['token()', 'field()', 'verify("x")', 'check()'] as $call) {
    echo "\n", $alice->get("try { Sidereal\\Csrf::$call; } catch (Sidereal\\NoActiveSession \$e) { echo '$call: ', get_class(\$e); }");
}
?>
--EXPECT--
1000 87 <input type="hidden" name="csrf_token" value="...">
its session: bool(true)
again: bool(true)
another scope: bool(false)
another session: bool(false)
rotated: true bool(true)
one-shot, as an ordinary one: bool(false)
one-shot: bool(true)
one-shot again: bool(false)
after a log-in: bool(false)
a new one: bool(true)
after a log-out: bool(false)
bad input: 0 0 0 0 0 
expected a scope of at most 64 printable ASCII characters, such as "transfer", found another one; use a short name
token(): Sidereal\NoActiveSession
field(): Sidereal\NoActiveSession
verify("x"): Sidereal\NoActiveSession
check(): Sidereal\NoActiveSession
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
