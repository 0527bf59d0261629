--TEST--
R66: From http to https a session gets a new ID, and the old one never sees what comes then; from https to http nothing goes
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$https = ['HTTPS' => 'on'];
$look = 'session_start(); echo json_encode($_SESSION), " ", Sidereal\Session::denial()?->value ?? "";';
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["cart"] = "lantern";');
$listener = clone $alice;
$plain = $alice->sid();
echo 'read only: ', (clone $alice)->get('session_start(["read_and_close" => true]); echo json_encode($_SESSION);', server: $https), "\n";
$response = $alice->get($look, server: $https);
echo 'upgraded: ', $response, "\n";
var_dump($response->cookie()->value !== $plain, $response->cookie()->attributes['secure'] ?? false);
$alice->get('session_start(); $_SESSION["card"] = "4711";', server: $https);
echo 'who listened: ', $listener->get($look), ', ', (clone $listener)->get($look, server: $https), "\n";
echo 'and goes on: ', $alice->get($look, server: $https), "\n";
$secure = $alice->sid();
$response = $site->browser()->present($secure)->get($look);
echo 'by http: ', $response, "\n";
var_dump($response->cookie()->value !== $secure);
echo 'nothing has happened to it: ', $alice->get($look, server: $https), "\n";
echo json_encode(array_column($site->events('scheme_changed'), 'level')), "\n";
// Somebody who is logged in by http.
$bob = $site->browser();
$bob->get('session_start(); Sidereal\Session::login("bob", "pwd");');
echo $bob->get('session_start(); var_dump(Sidereal\Session::userIs("bob"), Sidereal\Session::mustReauthenticate());', server: $https);
?>
--EXPECT--
read only: []
upgraded: {"cart":"lantern"} 
bool(true)
bool(true)
who listened: {"cart":"lantern"} , {"cart":"lantern"} 
and goes on: {"cart":"lantern","card":"4711"} 
by http: [] scheme
bool(true)
nothing has happened to it: {"cart":"lantern","card":"4711"} 
["WARN"]
bool(true)
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
