--TEST--
R44: A client that never got its new ID is served under the old one and gets another, without a log-in and without an alarm
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo json_encode($_SESSION), " ";';
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$sid = $alice->sid();
foreach ([1, 2] as $times) {
    echo "lost $times times: ";
    $site->pass(901);
    for ($i = 0; $i < $times; $i++) {
        $lost = $alice->send('GET', $look)->lose();
        echo $lost, $lost->cookie() !== null && $alice->sid() === $sid ? '' : 'NO COOKIE ', $alice->get($look);
        $site->pass(16);
    }
    $response = $alice->get($look);
    echo $response;
    var_dump($response->cookie() !== null, $alice->sid() !== $sid);
    echo 'and on: ', $alice->get($look);
    $site->pass(400);
    echo $alice->get($look), "\n";
    $sid = $alice->sid();
}
echo 'longer than the grace and the alarm time: ';
$site->pass(901);
$alice->send('GET', $look)->lose();
$site->pass(400);
$response = $alice->send('GET', $look)->lose();
echo $response;
$site->pass(400);
echo $alice->get($look);
echo $alice->get($look);
var_dump($alice->sid() !== $sid);
echo 'of a regeneration: ';
$alice->send('GET', 'session_start(); session_regenerate_id(); $_SESSION["role"] = "admin";')->lose();
$site->pass(30);
echo $alice->get($look);
$alice->get('session_start(); session_regenerate_id(); $_SESSION["role"] = "admin";');
$site->pass(61);
echo $alice->get($look), "\n";
var_dump(array_diff(array_column($site->events(), 'level'), ['INFO']));
?>
--EXPECT--
lost 1 times: {"user":"alice"} {"user":"alice"} {"user":"alice"} bool(true)
bool(true)
and on: {"user":"alice"} {"user":"alice"} 
lost 2 times: {"user":"alice"} {"user":"alice"} {"user":"alice"} {"user":"alice"} {"user":"alice"} bool(true)
bool(true)
and on: {"user":"alice"} {"user":"alice"} 
longer than the grace and the alarm time: {"user":"alice"} {"user":"alice"} {"user":"alice"} bool(true)
of a regeneration: {"user":"alice"} {"user":"alice","role":"admin"} 
array(0) {
}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
