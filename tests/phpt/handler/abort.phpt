--TEST--
session_abort() writes nothing; a session that was new keeps its ID for a later session_start()
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
echo $browser->get('
    session_start();
    $id = session_id();
    $_SESSION["n"] = 1;
    var_dump(session_abort());
    session_start();
    var_dump(session_id() === $id, $_SESSION);
    $_SESSION["n"] = 2;');
echo $browser->get('session_start(); $_SESSION["n"] = 3; session_abort();');
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
?>
--EXPECT--
bool(true)
bool(true)
array(0) {
}
2
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
