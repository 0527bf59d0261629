--TEST--
R21, R22: After 15 minutes one of 20 parallel requests gets a new ID, without a line in the application, and all are served
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_wait_ms' => '60000']);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$sid = $alice->sid();
$script = $site->script('<?php session_start(); echo $_SESSION["user"];');
$ask = function () use ($alice, $script) {
    $exchanges = array_map(fn () => (clone $alice)->send('GET', $script), range(1, 20));
    return array_map(fn ($exchange) => $exchange->response(), $exchanges);
};
$count = function (array $responses) {
    $cookies = array_filter(array_map(fn ($response) => $response->cookie()?->value, $responses));
    $served = count(array_filter($responses, fn ($response) => $response->body === 'alice'));
    echo count($cookies), " new IDs, $served served\n";
    return $cookies;
};
$site->pass(880);
$count($ask());
$site->pass(21);
$cookies = $count($ask());
var_dump(!in_array($sid, $cookies, true));
$alice->present(reset($cookies));
echo 'the new one: ';
$count($ask());
echo 'the old one, within the grace: ';
$alice->present($sid);
$count($ask());
echo count($site->events('session_renewed')), " rotation\n";
?>
--EXPECT--
0 new IDs, 20 served
1 new IDs, 20 served
bool(true)
the new one: 0 new IDs, 20 served
the old one, within the grace: 0 new IDs, 20 served
1 rotation
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
