--TEST--
A forked process neither writes nor unlocks the session of its parent, and opens its own
--SKIPIF--
<?php if (!function_exists('pcntl_fork')) die('skip needs ext/pcntl');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
echo $site->run('
    ob_start();
    session_start();
    $id = session_id();
    $_SESSION["n"] = 1;
    session_write_close();
    session_start();
    $_SESSION["n"] = 2;
    $child = pcntl_fork();
    if ($child === 0) {
        $_SESSION["n"] = 99;
        session_write_close();
        session_id($id);
        $started = microtime(true);
        session_start();
        echo microtime(true) - $started > 0.3 ? "waited\n" : "did not wait\n";
        $_SESSION["child"] = $_SESSION["n"];
        exit;
    }
    usleep(700000);
    session_write_close();
    ob_end_clean();
    ob_start();
    pcntl_waitpid($child, $status);
    session_start();
    echo json_encode($_SESSION), "\n";');
?>
--EXPECTF--
Warning: session_write_close(): Sidereal: expected the process that opened the session to write it, found one that was forked from it; its changes are dropped, close the session before pcntl_fork() in %s on line %d
waited
{"n":2,"child":2}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
