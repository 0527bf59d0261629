--TEST--
R47: A session that somebody keeps open costs others a bounded wait, one warning that names the cause, and other sessions nothing
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_wait_ms' => '200']);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
$bob = $site->browser();
$bob->get('session_start(); $_SESSION["user"] = "bob";');
$holder = (clone $browser)->send('GET', '
    session_start();
    touch(__DIR__ . "/open");
    for ($i = 0; $i < 6000 && !is_file(__DIR__ . "/done"); $i++) {
        usleep(10000);
    }
    $_SESSION["n"]++;');
while (!is_file("$site->directory/open")) {
    usleep(10000);
}
$sid = $browser->sid();
$response = $browser->get('
    $started = microtime(true);
    $open = @session_start();
    $waited = microtime(true) - $started;
    var_dump($open, session_status() === PHP_SESSION_NONE, $waited > 0.15, $waited < 5);');
echo $response;
var_dump(count($response->cookies()), $browser->sid() === $sid);
preg_match_all('/^Warning: .*Sidereal: (.*) in .*$/m', $browser->get('session_start();')->body, $found);
foreach ($found[1] as $warning) {
    echo preg_replace('/\d+/', 'N', $warning), "\n";
}
echo json_encode(array_values(array_unique(array_column($site->events(), "event")))), "\n";
echo 'others: ', $bob->get('session_start(); echo $_SESSION["user"], " "; $_SESSION["n"] = 1;'), $site->browser()->get('echo session_start() ? "started" : "refused";'), "\n";
echo 'one may wait: ';
$settings = ['sidereal.lock_wait_ms' => '100000', 'sidereal.lock_max_waiters' => '1'];
$waiting = [];
for ($i = 0; $i < 3; $i++) {
    $waiting[] = (clone $browser)->send('GET', 'echo session_start() ? $_SESSION["n"] : "refused";', ini: $settings);
}
for ($i = 0; $i < 2000 && count(array_filter($waiting, fn ($exchange) => $exchange->isRunning())) > 1; $i++) {
    usleep(10000);
}
var_dump($holder->isRunning());
touch("$site->directory/done");
$bodies = array_map(fn ($exchange) => $exchange->response()->body, $waiting);
sort($bodies);
foreach ($bodies as $body) {
    echo preg_match('/Sidereal: [^;]*/', $body, $found) ? $found[0] . ' ' . substr($body, -7) : $body, "\n";
}
$holder->response();
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
?>
--EXPECT--
bool(false)
bool(true)
bool(true)
bool(true)
int(0)
bool(true)
expected the session to be free, but sidereal.lock_wait_ms ran out while waiting; it is held by process N for N seconds; close sessions early (session_write_close(), read_and_close)
["session_created","lock_timeout"]
others: bob started
one may wait: bool(true)
Sidereal: expected the session to be free, but sidereal.lock_max_waiters requests already wait refused
Sidereal: expected the session to be free, but sidereal.lock_max_waiters requests already wait refused
2
2
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
