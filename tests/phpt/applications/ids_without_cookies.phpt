--TEST--
An application that carries the ID itself, with session.use_cookies = 0 and session_id(), keeps its sessions under that ID
--FILE--
<?php
require __DIR__ . '/../browser.inc';
// PHP 8.4 and later call use_only_cookies = 0 deprecated, at start-up.
$site = new Site(__FILE__, ['session.use_cookies' => '0', 'session.use_only_cookies' => '0', 'display_startup_errors' => '0']);
$browser = $site->browser();
$response = $browser->get('session_start(); $_SESSION["n"] = 1; echo session_id();');
$token = $response->body;
echo count($response->cookies()), " cookies\n";
$next = 'session_id($_SERVER["HTTP_X_TOKEN"]); session_start(); $_SESSION["n"]++; echo $_SESSION["n"], " ", session_id() === $_SERVER["HTTP_X_TOKEN"] ? "same" : "another", "\n";';
for ($i = 0; $i < 4; $i++) {
    $site->pass(16 * 60);
    $response = $browser->get($next, headers: ['X-Token' => $token]);
    echo $response;
    if ($response->cookies() !== []) {
        echo "a cookie\n";
    }
}
echo "regenerate:\n";
$new = $browser->get('session_id($_SERVER["HTTP_X_TOKEN"]); session_start(); session_regenerate_id(); $_SESSION["user"] = "alice"; echo session_id();', headers: ['X-Token' => $token])->body;
var_dump($new !== $token);
echo $browser->get($next, headers: ['X-Token' => $new]);
echo "a made-up one:\n";
echo preg_replace('/ in \S+ on line.*/', '', $browser->get('session_id("made-up"); var_dump(session_start(), session_id() === "made-up", $_SESSION);')->body);
?>
--EXPECT--
0 cookies
2 same
3 same
4 same
5 same
regenerate:
bool(true)
6 same
a made-up one:

Notice: session_start(): Sidereal: expected session_id() to be given the ID of a session that is alive, or one made by session_create_id(), found one that opens nothing (forged); the session has a new ID, which session_id() tells
bool(true)
bool(false)
array(0) {
}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
