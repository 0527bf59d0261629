--TEST--
R40, A7: a cookie that the client cannot get rid of is recognised each time it keeps the good one from being served, and only then
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
echo 'one that is dead comes first: ', $send("PHPSESSID=planted; PHPSESSID=$good"), "\n";
echo 'it comes second: ', $send("PHPSESSID=$good; PHPSESSID=planted"), "\n";
echo 'it is alone: ', $send('PHPSESSID=planted'), "\n";
echo 'twice the same: ', $send('PHPSESSID=planted; PHPSESSID=planted'), "\n";
echo 'other names: ', $send('xPHPSESSID=1; PHPSESSID=planted; PHPSESSIDx=1'), "\n";
echo count($site->events('cookie_conflict')), " events\n";

// The browser sends both each time, and what it is given in place of the good one is in no better a position.
$mallory = $site->browser();
$mallory->get($ask);
$planted = $mallory->sid();
for ($i = 0; $i < 5; $i++) {
    $response = $site->browser()->get($ask, headers: ['Cookie' => "PHPSESSID=$planted; PHPSESSID=$good"]);
    echo 'one that is alive is planted: ', $response->body, "\n";
    $good = $response->cookie()->value;
}
$events = $site->events('cookie_conflict');
echo count($events), ' events ', $events[0]['level'] ?? '', ' ', json_encode(str_contains(file_get_contents("$site->directory/events"), $good)), "\n";
echo 'the user has removed both: ', $send(''), "\n";
echo $site->browser()->get('try { Sidereal\Session::hasStuckCookie(); } catch (Sidereal\NoActiveSession $e) { echo get_class($e); }'), "\n";
?>
--EXPECT--
a first visit: 1 false
a second one: 2 false
one that is dead comes first: 3 false
it comes second: 4 false
it is alone: 1 false
twice the same: 1 false
other names: 1 false
0 events
one that is alive is planted: 1 true
one that is alive is planted: 1 true
one that is alive is planted: 1 true
one that is alive is planted: 1 true
one that is alive is planted: 1 true
5 events WARN false
the user has removed both: 1 false
Sidereal\NoActiveSession
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
