--TEST--
A13: a flag that is set before Session::login() never reaches the old record, whatever is regenerated around it; a log-in after output is refused and binds nothing
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo json_encode($_SESSION), Sidereal\Session::userIs("alice") ? "!" : "", " ";';
$orders = [
    '$_SESSION["admin"] = 1; Sidereal\Session::login("alice");',
    '$_SESSION["admin"] = 1; Sidereal\Session::login("alice"); session_regenerate_id();',
    '$_SESSION["admin"] = 1; session_regenerate_id(true); Sidereal\Session::login("alice");',
    'Sidereal\Session::login("alice"); $_SESSION["admin"] = 1; Sidereal\Session::elevate(); Sidereal\Session::login("alice");',
    '$_SESSION["admin"] = 1; Sidereal\Session::login("alice"); session_write_close(); session_start(); $_SESSION["admin"] = 2;',
];
foreach ($orders as $order) {
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["n"] = 1;');
    $old = $alice->sid();
    $response = $alice->get("session_start(); $order");
    echo count($response->cookies()), ' cookie: ', $response, $alice->get($look), 'before: ', $site->browser()->present($old)->get($look);
    $site->pass(61);
    echo $site->browser()->present($old)->get($look), "\n";
}
echo "after output:\n";
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["n"] = 1;');
$old = $alice->sid();
echo $alice->get('
    session_start();
    echo "output\n"; ob_end_flush(); flush();
    foreach (["login(\"alice\")", "elevate()"] as $call) {
        try { eval("Sidereal\\\\Session::$call;"); } catch (Sidereal\HeadersSent $e) { echo $e->getCode(), " ", $e->getMessage(), "\n"; }
    }
    var_dump(session_id() === $_COOKIE["PHPSESSID"], Sidereal\Session::userIs("alice"));
    $_SESSION["n"] = 2;');
var_dump($alice->sid() === $old);
echo $alice->get($look);
?>
--EXPECTF--
1 cookie: {"n":1,"admin":1}! before: {"n":1} [] 
1 cookie: {"n":1,"admin":1}! before: {"n":1} [] 
1 cookie: {"n":1,"admin":1}! before: [] [] 
1 cookie: {"n":1,"admin":1}! before: {"n":1} [] 
1 cookie: {"n":1,"admin":2}! before: {"n":1} [] 
after output:
output
17 expected headers not to have been sent, because the new session ID goes into one; found that output began at %s:%d; call this before any output
17 expected headers not to have been sent, because the new session ID goes into one; found that output began at %s:%d; call this before any output
bool(true)
bool(false)
bool(true)
{"n":2} 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
