--TEST--
A9: an ID with one changed character anywhere is forged: it opens nothing, stores no row and leaves the genuine session alone
--SKIPIF--
<?php if (!shell_exec('command -v sqlite3')) die('skip needs the sqlite3 command');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
require __DIR__ . '/store.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$rows = rows($site);
$forged = $alice->sid();
$forged[-1] = $forged[-1] === 'a' ? 'q' : 'a';
$browser = $site->browser()->present($forged);
echo $browser->get('var_dump(session_start()); echo json_encode($_SESSION), "\n";');
var_dump($browser->sid() !== $forged, array_column($site->events('sid_forged'), 'level'));
echo "every character, and other spellings:\n";
$code = <<<'CODE'
    ob_start();
    $genuine = file_get_contents(__DIR__ . '/genuine');
    $tries = [strtoupper($genuine), "$genuine ", "a$genuine", substr($genuine, 1), substr($genuine, 0, -1), "{$genuine}a", strtr($genuine, '-', '_'), strtr($genuine, '-', 'a')];
    for ($at = 0; $at < strlen($genuine); $at++) {
        $changed = $genuine;
        $changed[$at] = $changed[$at] === 'b' ? 'c' : 'b';
        $tries[] = $changed;
    }
    $opened = 0;
    foreach ($tries as $try) {
        session_id($try);
        @session_start();
        $opened += session_id() === $try || $_SESSION !== [];
        session_write_close();
    }
    ob_end_clean();
    echo count($tries), " tried, $opened opened\n";
CODE;
file_put_contents("$site->directory/genuine", $alice->sid());
echo $site->run($code, ['session.use_cookies' => '0']);
var_dump(rows($site) === $rows);
echo $alice->get('session_start(); echo $_SESSION["user"], "\n";');
?>
--EXPECT--
bool(true)
[]
bool(true)
array(1) {
  [0]=>
  string(4) "WARN"
}
every character, and other spellings:
87 tried, 0 opened
bool(true)
alice
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
