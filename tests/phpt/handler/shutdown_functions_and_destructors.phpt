--TEST--
Shutdown functions and destructors may still change the session
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$browser->get('
    class Late { public function __destruct() { $_SESSION["destructor"] = 1; } }
    $late = new Late;
    register_shutdown_function(function () { $_SESSION["shutdown"] = 1; });
    session_start();
    $_SESSION["script"] = 1;');
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
?>
--EXPECT--
{"script":1,"shutdown":1,"destructor":1}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
