--TEST--
R27, R86, R89, R90: A session ends after 30 minutes without a request, although gc never runs and the browser keeps its cookie
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['session.gc_probability' => '0', 'session.gc_maxlifetime' => '1000000', 'session.cookie_lifetime' => '1000000']);
$look = 'session_start(); echo json_encode($_SESSION), " ";';
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
echo 'used: ';
for ($i = 0; $i < 3; $i++) {
    $site->pass(1790);
    echo $alice->get($look), $alice->get($look);
}
echo "\nidle: ";
$sid = $alice->sid();
$thief = clone $alice;
$site->pass(1801);
$response = $alice->get($look);
echo $response;
$events = $site->events('session_expired');
echo json_encode(array_column($events, 'reason')), ' ';
var_dump($response->cookie()->value !== $sid);
echo 'log-in: ';
$alice->get('session_start(); session_regenerate_id(); $_SESSION["user"] = "alice";');
echo $alice->get($look);
var_dump($alice->sid() !== $sid && $alice->sid() !== $response->cookie()->value);
echo 'the cookie kept elsewhere: ', $thief->get($look), $thief->present($sid)->get($look), "\n";
echo 'a shorter timeout acts at once: ';
$site->pass(100);
echo $alice->get($look, ini: ['sidereal.idle_timeout' => '90', 'sidereal.grace' => '30']), "\n";
?>
--EXPECT--
used: {"user":"alice"} {"user":"alice"} {"user":"alice"} {"user":"alice"} {"user":"alice"} {"user":"alice"} 
idle: [] ["idle"] bool(true)
log-in: {"user":"alice"} bool(true)
the cookie kept elsewhere: [] [] 
a shorter timeout acts at once: [] 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
