--TEST--
R16: The old ID of a slow or unlucky client is tolerated for the grace, and later denied without an alarm
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$read = 'session_start(); echo json_encode($_SESSION), "\n";';
$alarms = function () use ($site) {
    $levels = array_column($site->events(), 'level', 'event');
    echo 'alarms: ', implode(',', array_keys($levels, 'CRITICAL')), implode(',', array_keys($levels, 'WARN')), "\n";
};
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
echo "rotation, requests of the old ID still under way:\n";
$late = clone $alice;
$site->pass(901);
$alice->get($read);
$alice->get($read);
for ($i = 0; $i < 3; $i++) {
    echo (clone $late)->get($read);
    $site->pass(15);
}
echo "rotation, the response is lost and asked for again:\n";
$site->pass(901);
$alice->send('GET', $read)->lose();
echo $alice->get($read);
echo $alice->get($read);
echo "elevation, a double click:\n";
$late = clone $alice;
$alice->get('session_start(); session_regenerate_id(); $_SESSION["role"] = "admin";');
$alice->get($read);
echo $late->get($read);
$site->pass(30);
echo $late->get($read);
$alarms();
echo "after the grace:\n";
$site->pass(40);
echo $late->get($read);
echo $alice->get($read);
$alarms();
?>
--EXPECT--
rotation, requests of the old ID still under way:
{"user":"alice"}
{"user":"alice"}
{"user":"alice"}
rotation, the response is lost and asked for again:
{"user":"alice"}
{"user":"alice"}
elevation, a double click:
{"user":"alice"}
{"user":"alice"}
alarms: 
after the grace:
[]
{"user":"alice","role":"admin"}
alarms: 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
