--TEST--
R68: The ID stays the same from request to request until its time has come
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$https = ['HTTPS' => 'on']; // profile high takes it
foreach (['standard' => 900, 'high' => 300, 'low' => 3600] as $profile => $interval) {
    $site->ini['sidereal.profile'] = $profile;
    $browser = $site->browser();
    $browser->get('session_start(); $_SESSION["n"] = 0;', server: $https);
    $sid = $browser->sid();
    $cookies = 0;
    for ($i = 0; $i < 10; $i++) {
        $site->pass(intdiv($interval, 10) - 5);
        $response = $browser->get('session_start(); $_SESSION["n"]++;', server: $https);
        $cookies += count($response->cookies());
    }
    var_dump($cookies, $browser->sid() === $sid);
    $site->pass(60);
    $browser->get('session_start();', server: $https);
    var_dump($browser->sid() === $sid);
    echo $browser->get('session_start(); echo $_SESSION["n"], "\n";', server: $https);
}
$body = $site->browser()->get('session_start();', ini: ['sidereal.profile' => 'standard', 'sidereal.rotate_interval' => '1'])->body;
var_dump(str_contains($body, 'expected sidereal.rotate_interval to be 0 (off) or at least 60 seconds'));
?>
--EXPECT--
int(0)
bool(true)
bool(false)
10
int(0)
bool(true)
bool(false)
10
int(0)
bool(true)
bool(false)
10
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
