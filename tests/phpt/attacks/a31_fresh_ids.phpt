--TEST--
A31: session_create_id() never makes the same ID twice, each may be used, and session_regenerate_id() makes one ID and one row
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc'; if (!shell_exec('command -v sqlite3')) die('skip needs the sqlite3 command');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
require __DIR__ . '/store.inc';
$site = new Site(__FILE__);
echo $site->run('
    $ids = [];
    for ($i = 0; $i < 5000; $i++) { $ids[] = session_create_id(); $ids[] = session_create_id("u-"); }
    ob_start();
    session_start();
    for ($i = 0; $i < 500; $i++) { $ids[] = session_create_id(); }
    $ids[] = session_id();
    for ($i = 0; $i < 50; $i++) { session_regenerate_id(); $ids[] = session_id(); }
    ob_end_flush();
    echo count($ids) - count(array_unique($ids)), " twice, ", count(array_filter($ids, is_string(...))), "\n";
    echo count(array_unique(array_map(fn ($id) => substr($id, -52), $ids))), " secrets\n";');
echo "an ID that was made in an earlier request:\n";
$browser = $site->browser();
$id = $browser->get('echo session_create_id();')->body;
$browser->present($id);
$response = $browser->get('var_dump(session_start(), session_id() === $_COOKIE["PHPSESSID"]); $_SESSION["n"] = 1;');
echo $response;
var_dump($response->cookie() === null);
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
echo "regenerate:\n";
$before = rows($site);
$renewed = count($site->events('session_renewed'));
$response = $browser->get('session_start(); var_dump(session_regenerate_id()); $_SESSION["n"] = 2;');
echo $response, rows($site) - $before, ' row, ', count($site->events('session_renewed')) - $renewed, ' event, ', count($response->all('Set-Cookie')), " cookie\n";
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
?>
--EXPECT--
0 twice, 10551
10551 secrets
an ID that was made in an earlier request:
bool(true)
bool(true)
bool(true)
1
regenerate:
bool(true)
1 row, 1 event, 1 cookie
2
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
