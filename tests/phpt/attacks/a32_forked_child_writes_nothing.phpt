--TEST--
A32: children that are forked with an open session neither store what they changed, nor free the parent's lock, nor end its session
--SKIPIF--
<?php if (!function_exists('pcntl_fork')) die('skip needs ext/pcntl');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['display_errors' => '0', 'session.use_cookies' => '0', 'sidereal.lock_wait_ms' => '200']);
foreach (['exit;', '$_SESSION["n"] = 99; exit;', 'session_destroy(); exit;', 'session_regenerate_id(true); exit;', 'session_abort(); exit;', 'session_gc(); exit;', 'throw new Exception;'] as $child) {
    echo "$child ", $site->run('
        ob_start();
        session_start(); $_SESSION["n"] = 1; $id = session_id(); session_commit();
        session_id($id); session_start(); $_SESSION["n"] = 2;
        $pid = pcntl_fork();
        if ($pid === 0) { ob_end_clean(); ob_start(); ' . $child . ' }
        pcntl_waitpid($pid, $status);
        $other = pcntl_fork();
        if ($other === 0) { session_write_close(); session_id($id); exit(@session_start() ? 1 : 0); }
        pcntl_waitpid($other, $status);
        ob_end_clean(); ob_start();
        echo pcntl_wexitstatus($status) === 0 ? "locked" : "NOT LOCKED";
        session_commit();
        session_id($id); session_start();
        echo " ", json_encode($_SESSION), session_id() === $id ? "" : " ANOTHER ID", "\n";');
}
?>
--EXPECT--
exit; locked {"n":2}
$_SESSION["n"] = 99; exit; locked {"n":2}
session_destroy(); exit; locked {"n":2}
session_regenerate_id(true); exit; locked {"n":2}
session_abort(); exit; locked {"n":2}
session_gc(); exit; locked {"n":2}
throw new Exception; locked {"n":2}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
