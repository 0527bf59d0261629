--TEST--
R50: What is written into $_SESSION after the session was closed is lost, and an event says so; reading and emptying it is nothing to tell
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION = ["n" => 1, "list" => [1]];');
$told = function (string $what, string $script) use ($site, $alice) {
    $before = count($site->events('inactive_write'));
    $body = $alice->get($script)->body;
    echo str_pad($what, 34), count($site->events('inactive_write')) - $before, ' ', $body, "\n";
};
$told('session_write_close()', 'session_start(); session_write_close(); $_SESSION["n"] = 2;');
$told('session_commit(), deep inside', 'session_start(); session_commit(); $_SESSION["list"][] = 2;');
$told('session_abort()', 'session_start(); session_abort(); unset($_SESSION["n"]);');
$told('read_and_close', 'session_start(["read_and_close" => true]); $_SESSION["new"] = 1;');
$told('written before the next start', 'session_start(); session_write_close(); $_SESSION["n"] = 2; session_start(); echo $_SESSION["n"];');
$told('closed twice', 'session_start(); session_write_close(); $_SESSION["n"] = 2; session_write_close();');
$told('read only', 'session_start(); session_write_close(); $copy = $_SESSION; $copy["n"] = 2; echo $_SESSION["n"], count($_SESSION);');
$told('emptied', 'session_start(); session_write_close(); $_SESSION = [];');
$told('unset', 'session_start(); session_write_close(); unset($_SESSION);');
$told('closed at the end', 'session_start(); $_SESSION["n"] = 1;');
$told('logged out', 'session_start(); session_destroy(); $_SESSION["n"] = 3;');
$told('no session', '$_SESSION["n"] = 3;');
$told('a fatal error', 'session_start(); session_write_close(); $_SESSION["n"] = 2; ini_set("display_errors", 0); nothing();');
?>
--EXPECT--
session_write_close()             1 
session_commit(), deep inside     1 
session_abort()                   1 
read_and_close                    1 
written before the next start     1 1
closed twice                      1 
read only                         0 12
emptied                           0 
unset                             0 
closed at the end                 0 
logged out                        0 
no session                        0 
a fatal error                     1 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
