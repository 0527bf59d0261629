--TEST--
A script that dies keeps its session as it was: exceptions, exit, fatal errors, out of memory
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['memory_limit' => '16M', 'display_errors' => '0']);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 0;');
foreach (['throw new Exception("x");', 'exit;', 'undefined_function();', 'trigger_error("x", E_USER_ERROR);', 'str_repeat("x", 1 << 28);', 'set_error_handler(function () { throw new Error; }); echo $undefined;'] as $how) {
    $browser->get("session_start(); \$_SESSION['n']++; $how");
    echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
}
?>
--EXPECT--
1
2
3
4
5
6
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
