--TEST--
A22: a session that is kept open makes nobody wait for long but its own requests, and of those only so many
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_max_waiters' => '1', 'sidereal.lock_wait_ms' => '60000']);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["n"] = 1;');
$bob = $site->browser();
$bob->get('session_start(); $_SESSION["n"] = 1;');
$holder = (clone $alice)->send('GET', 'session_start(); touch(__DIR__ . "/open"); while (!is_file(__DIR__ . "/enough")) { usleep(10000); } $_SESSION["n"]++;');
wait($site, 'open');
$waiter = (clone $alice)->send('GET', 'touch(__DIR__ . "/starting"); session_start(); $_SESSION["n"]++; echo "the waiter has waited\n";');
wait($site, 'starting');
usleep(500000);
$started = microtime(true);
$response = (clone $alice)->get('var_dump(session_start()); echo "the request lives\n";');
echo $response, microtime(true) - $started < 2 ? "fast\n" : "slow\n";
var_dump($response->cookie() === null);
$started = microtime(true);
echo $bob->get('session_start(); echo ++$_SESSION["n"], "\n";'), microtime(true) - $started < 2 ? "fast\n" : "slow\n";
echo "a snapshot for who wants one:\n";
echo (clone $alice)->get('var_dump(@session_start(), $_SESSION["n"]); $_SESSION["n"] = 99;', ini: ['sidereal.lock_failure' => 'read-only']);
echo "and for who only reads:\n";
echo (clone $alice)->get('var_dump(session_start(["read_and_close" => true]), $_SESSION["n"]);');
touch("$site->directory/enough");
echo $waiter->response(), $holder->response();
echo $alice->get('session_start(); echo $_SESSION["n"], "\n";');
echo count($site->events('lock_crowded')) >= 2 ? "crowded\n" : "no event\n";
foreach ($site->events('write_dropped') as $event) {
    echo "write_dropped: $event[reason]\n";
}

function wait(Site $site, string $file): void
{
    for ($i = 0; !is_file("$site->directory/$file"); $i++) {
        if ($i > 1000) {
            throw new RuntimeException("$file does not appear");
        }
        usleep(10000);
    }
}
?>
--EXPECTF--
Warning: session_start(): Sidereal: expected the session to be free, but sidereal.lock_max_waiters requests already wait; it is held by process %d for %d seconds; close sessions early (session_write_close(), read_and_close) in %s on line %d

Warning: session_start(): Failed to read session data: sidereal (path: %S) in %s on line %d
bool(false)
the request lives
fast
bool(true)
2
fast
a snapshot for who wants one:
bool(true)
int(1)
and for who only reads:
bool(true)
int(1)
the waiter has waited
3
crowded
write_dropped: %s
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
