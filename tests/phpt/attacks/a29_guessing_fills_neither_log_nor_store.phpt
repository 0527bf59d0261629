--TEST--
A29: a thousand guessed and forged IDs write a bounded number of events, which say what was left out, and no row
--SKIPIF--
<?php if (!shell_exec('command -v sqlite3')) die('skip needs the sqlite3 command');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
require __DIR__ . '/store.inc';
$site = new Site(__FILE__, ['session.use_cookies' => '0']);
$code = <<<'CODE'
    ob_start();
    session_start();
    $genuine = session_id();
    session_write_close();
    $opened = 0;
    for ($i = 0; $i < 1000; $i++) {
        $guess = match ($i % 3) {
            0 => bin2hex(random_bytes(16)),
            1 => substr(strtr(base64_encode(random_bytes(60)), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0189+/', 'abcdefghijklmnopqrstuvwxyzabcdef'), 0, 26) . substr($genuine, 26),
            2 => substr($genuine, 0, 27 + $i % 50) . 'aq'[$genuine[27 + $i % 50] === 'a'] . substr($genuine, 28 + $i % 50),
        };
        session_id($guess);
        @session_start();
        $opened += session_id() === $guess || $_SESSION !== [];
        session_write_close();
    }
    file_put_contents(ini_get('sidereal.test_clock'), '61 0');
    session_id('one-more');
    @session_start();
    ob_end_clean();
    echo "$opened opened\n";
CODE;
echo $site->run($code);
$events = $site->events('sid_forged');
$told = count($events) + array_sum(array_column($events, 'suppressed'));
echo count($events) <= 25 ? "few events\n" : count($events) . " events\n";
echo $told, " counted\n", rows($site), " rows\n";
echo count($site->events()) <= 50 ? "a short log\n" : "a long log\n";
?>
--EXPECT--
0 opened
few events
1001 counted
0 rows
a short log
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
