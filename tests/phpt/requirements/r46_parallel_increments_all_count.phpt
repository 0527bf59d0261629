--TEST--
R46: No update is lost when ten processes write one session 20 times each
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_wait_ms' => '100000']);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 0;');
$script = $site->script('<?php
    for ($i = 0; $i < 20; $i++) {
        session_start();
        $n = $_SESSION["n"];
        usleep(mt_rand(0, 500));
        $_SESSION["n"] = $n + 1;
        session_write_close();
    }
    echo "done";');
$exchanges = array_map(fn () => (clone $browser)->send('GET', $script), range(1, 10));
echo implode(' ', array_map(fn ($exchange) => $exchange->response()->body, $exchanges)), "\n";
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
?>
--EXPECT--
done done done done done done done done done done
200
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
