--TEST--
R70, R73, R78: Who comes with another network and another browser gets a new ID and no critical action, until the user proves who they are
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$chrome = ['User-Agent' => 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0.0.0 Safari/537.36'];
$firefox = ['User-Agent' => 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0'];
$away = ['REMOTE_ADDR' => '203.0.113.1'];
$look = '
    session_start();
    echo $_SESSION["user"] ?? "nobody", ", ", Sidereal\Session::mustReauthenticate() ? "must prove it, " : "";
    try { Sidereal\Session::requireFresh(3600); echo "passes\n"; }
    catch (Sidereal\ReauthenticationRequired $e) { echo $e->getCode(), " ", $e->getMessage(), "\n"; }';
$alice = $site->browser();
$alice->get('session_start(); Sidereal\Session::login("alice", "pwd"); $_SESSION["user"] = "alice";', headers: $chrome);
echo 'at home: ', $alice->get($look, headers: $chrome);
$before = $alice->sid();
echo 'a stranger: ', $alice->get($look, headers: $firefox, server: $away);
var_dump($alice->sid() !== $before);
echo 'at home again: ', $alice->get($look, headers: $chrome);
$alice->get('session_start(); session_regenerate_id();', headers: $chrome);
echo 'with yet another ID: ', $alice->get($look, headers: $firefox, server: $away);
$alice->get('session_start(); Sidereal\Session::reauthenticated("pwd");', headers: $firefox, server: $away);
echo 'proved: ', $alice->get($look, headers: $firefox, server: $away);
foreach ($site->events('client_stranger') as $event) {
    echo "$event[level] $event[event] $event[reason] $event[count]\n";
}
echo 'without a session: ', $site->browser()->get('try { Sidereal\Session::mustReauthenticate(); } catch (Sidereal\NoActiveSession $e) { echo $e->getCode(); }'), "\n";
?>
--EXPECT--
at home: alice, passes
a stranger: alice, must prove it, 16 expected the client that the user authenticated from, found one that seems to be another, or that has come from http to https since; ask the user to authenticate again and call Sidereal\Session::reauthenticated()
bool(true)
at home again: alice, must prove it, 16 expected the client that the user authenticated from, found one that seems to be another, or that has come from http to https since; ask the user to authenticate again and call Sidereal\Session::reauthenticated()
with yet another ID: alice, must prove it, 16 expected the client that the user authenticated from, found one that seems to be another, or that has come from http to https since; ask the user to authenticate again and call Sidereal\Session::reauthenticated()
proved: alice, passes
WARN client_stranger step-up 8
without a session: 12
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
