--TEST--
R100: requireFresh() lets pass who has proved recently who they are, by that method, for that scope once; nobody else
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$ask = fn (string $arguments = '') => "
    session_start();
    try { Sidereal\\Session::requireFresh($arguments); echo 'passes '; }
    catch (Sidereal\\ReauthenticationRequired \$e) { echo 'refused(', \$e->getCode(), ') '; }";
$alice = $site->browser();
echo 'anonymous: ', $alice->get($ask()), "\n";
$alice->get('session_start(); Sidereal\Session::login("alice", "pwd");');
echo 'at once: ', $alice->get($ask()), $alice->get($ask('method: "pwd"')), $alice->get($ask('method: "otp"')), $alice->get($ask('scope: "delete"')), "\n";
$site->pass(301);
echo 'after 301 s: ', $alice->get($ask()), $alice->get($ask('600')), "\n";
$before = $alice->sid();
$alice->get('session_start(); Sidereal\Session::reauthenticated("otp", ["delete", "pay"]);');
var_dump($alice->sid() !== $before);
echo 'proved again: ', $alice->get($ask()), $alice->get($ask('method: "otp"')), $alice->get($ask('method: "pwd"')), "\n";
echo 'the ID before: ', $site->browser()->present($before)->get($ask('600')), "\n";
echo 'a scope is good once: ', $alice->get($ask('scope: "delete"')), $alice->get($ask('scope: "delete"')), $alice->get($ask('scope: "pay"')), "\n";
$alice->get('session_start(); Sidereal\Session::reauthenticated("otp", "pay");');
echo 'not with read_and_close: ', $alice->get('
    session_start(["read_and_close" => true]);
    try { Sidereal\Session::requireFresh(scope: "pay"); echo "passes"; } catch (Sidereal\NoActiveSession $e) { echo get_class($e); }'), "\n";
$twins = [$alice->send('GET', $ask('scope: "pay"')), (clone $alice)->send('GET', $ask('scope: "pay"'))];
$answers = array_map(fn ($exchange) => trim($exchange->response()->body), $twins);
sort($answers);
echo 'two requests at once: ', implode(' ', $answers), "\n";
$site->pass(301);
echo 'a scope does not outlive its age: ';
$alice->get('session_start(); Sidereal\Session::reauthenticated("otp", "pay");');
$site->pass(301);
echo $alice->get($ask('scope: "pay"')), "\n";
?>
--EXPECT--
anonymous: refused(16) 
at once: passes passes refused(16) refused(16) 
after 301 s: refused(16) passes 
bool(true)
proved again: passes passes refused(16) 
the ID before: refused(16) 
a scope is good once: passes refused(16) passes 
not with read_and_close: Sidereal\NoActiveSession
two requests at once: passes refused(16)
a scope does not outlive its age: refused(16) 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
