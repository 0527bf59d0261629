--TEST--
R48: read_and_close waits neither for a writer that has the session open nor for other readers
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_wait_ms' => '100000']);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
$writer = (clone $browser)->send('GET', '
    session_start();
    $_SESSION["n"] = 2;
    touch(__DIR__ . "/open");
    for ($i = 0; $i < 6000 && !is_file(__DIR__ . "/done"); $i++) {
        usleep(10000);
    }');
while (!is_file("$site->directory/open")) {
    usleep(10000);
}
$reader = $site->script('<?php
    session_start(["read_and_close" => true]);
    touch(__DIR__ . "/reader" . getmypid());
    // Each one waits until all have read.
    for ($i = 0; $i < 3000 && count(glob(__DIR__ . "/reader*")) < 20; $i++) {
        usleep(10000);
    }
    echo $_SESSION["n"], count(glob(__DIR__ . "/reader*")) >= 20 ? "" : "alone", " ";
    $_SESSION["n"] = 99;');
$readers = array_map(fn () => (clone $browser)->send('GET', $reader), range(1, 20));
foreach ($readers as $exchange) {
    echo $exchange->response();
}
var_dump($writer->isRunning());
touch("$site->directory/done");
$writer->response();
echo $browser->get('session_start(["read_and_close" => true]); echo $_SESSION["n"], "\n";');
?>
--EXPECT--
1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 bool(true)
2
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
