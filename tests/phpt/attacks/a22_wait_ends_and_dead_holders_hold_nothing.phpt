--TEST--
A22: the wait for a session ends after sidereal.lock_wait_ms, and at once when its holder is killed; what that one did is lost
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_wait_ms' => '400']);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["n"] = 1;');
$hold = fn (string $file) => (clone $alice)->send('GET', "session_start(); \$_SESSION['n'] = 99; touch(__DIR__ . '/$file'); sleep(30);");
$holder = $hold('first');
wait($site, 'first');
$started = microtime(true);
echo (clone $alice)->get('var_dump(@session_start());');
$took = microtime(true) - $started;
echo $took >= 0.35 && $took < 3 ? "waited as long as it should\n" : "waited $took seconds\n";
echo count($site->events('lock_timeout')), " lock_timeout\n";
$holder->kill();
echo $alice->get('var_dump(session_start(), $_SESSION["n"]); $_SESSION["n"] = 2;');
echo "somebody waits while the holder is killed:\n";
$site->ini['sidereal.lock_wait_ms'] = '20000';
$holder = $hold('second');
wait($site, 'second');
$waiter = (clone $alice)->send('GET', 'touch(__DIR__ . "/starting"); session_start(); echo ++$_SESSION["n"], "\n";');
wait($site, 'starting');
usleep(300000);
$started = microtime(true);
$holder->kill();
echo $waiter->response(), microtime(true) - $started < 3 ? "at once\n" : "late\n";
echo $alice->get('session_start(); echo $_SESSION["n"], "\n";');

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
--EXPECT--
bool(false)
waited as long as it should
1 lock_timeout
bool(true)
int(1)
somebody waits while the holder is killed:
3
at once
3
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
