--TEST--
R40, A7: a cookie that the client cannot get rid of is recognised each time it hides the good one, and by nothing else
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$ask = 'session_start(); $_SESSION["n"] ??= 0; echo ++$_SESSION["n"], " ", var_export(Sidereal\Session::hasStuckCookie(), true);';
$alice = $site->browser();
$send = fn (string $cookies) => $site->browser()->get($ask, headers: ['Cookie' => $cookies])->body;
echo 'a first visit: ', $alice->get($ask), "\n";
echo 'a second one: ', $alice->get($ask), "\n";
$good = $alice->sid();
for ($i = 0; $i < 5; $i++) {
    echo 'a planted one comes first: ', $send("PHPSESSID=planted; PHPSESSID=$good"), "\n";
}
echo 'it comes second: ', $send("PHPSESSID=$good; PHPSESSID=planted"), "\n";
echo 'it is alone: ', $send('PHPSESSID=planted'), "\n";
echo 'twice the same: ', $send('PHPSESSID=planted; PHPSESSID=planted'), "\n";
echo 'other names: ', $send('xPHPSESSID=1; PHPSESSID=planted; PHPSESSIDx=1'), "\n";
$events = $site->events('cookie_stuck');
echo count($events), ' events ', $events[0]['level'] ?? '', ' ', json_encode(str_contains(file_get_contents("$site->directory/events"), $good)), "\n";
echo $site->browser()->get('try { Sidereal\Session::hasStuckCookie(); } catch (Sidereal\NoActiveSession $e) { echo get_class($e); }'), "\n";
?>
--EXPECT--
a first visit: 1 false
a second one: 2 false
a planted one comes first: 1 true
a planted one comes first: 1 true
a planted one comes first: 1 true
a planted one comes first: 1 true
a planted one comes first: 1 true
it comes second: 3 false
it is alone: 1 false
twice the same: 1 false
other names: 1 false
5 events WARN false
Sidereal\NoActiveSession
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
