--TEST--
A5: a live session whose payload somebody has removed from the store is broken, not empty: an event, and a fresh session
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc'; if (!shell_exec('command -v sqlite3')) die('skip needs the sqlite3 command');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
require __DIR__ . '/store.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["locked_out"] = true;');
sql($site, 'UPDATE session SET payload = NULL;');
$old = $alice->sid();
echo $alice->get('var_dump(session_start()); echo json_encode($_SESSION), "\n";');
var_dump($alice->sid() !== $old, count($site->events('seal_broken')));
?>
--EXPECT--
bool(true)
[]
bool(true)
int(1)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
