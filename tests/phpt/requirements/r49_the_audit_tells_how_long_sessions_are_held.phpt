--TEST--
R49: the audit tells for how long requests keep their sessions, those of all processes
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/audit.inc';
$site = new Site(__FILE__, GOOD);
$told = fn () => preg_match('/^How long sessions are held: (of the latest (\d+) requests .*)\.$/m', $site->run('echo Sidereal\Audit::run();'), $found) ? $found : [];
var_dump($told());
$browser = $site->browser();
for ($i = 0; $i < 3; $i++) {
    $browser->get('session_start(); $_SESSION["n"] = ' . $i . ';', server: ['HTTPS' => 'on']);
}
[, $sentence, $count] = $told();
var_dump((int) $count >= 3);
echo $sentence, "\n";
// Reading alone holds nothing.
$browser->get('session_start(["read_and_close" => true]);', server: ['HTTPS' => 'on']);
var_dump($told()[2] === $count);
?>
--EXPECTF--
array(0) {
}
bool(true)
of the latest %d requests 99 in 100 kept their session for at most %d ms
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
