--TEST--
Two requests at once, both of which call session_regenerate_id(), leave the visitor with a session, whichever response comes last
--FILE--
<?php
require __DIR__ . '/../browser.inc';
foreach (['session_regenerate_id();', 'session_regenerate_id(true);'] as $call) {
    foreach ([[0, 1], [1, 0]] as $order) {
        $site = new Site(__FILE__);
        $browser = $site->browser();
        $browser->get('session_start(); $_SESSION["cart"] = 1;');
        $login = "session_start(); $call \$_SESSION['user'] = 'alice';";
        $exchanges = [$browser->send('GET', $login), $browser->send('GET', $login)];
        foreach ($order as $which) {
            $exchanges[$which]->response();
        }
        echo "$call ", $browser->get('session_start(); echo $_SESSION["user"] ?? "nobody", "\n";');
        echo count($site->events('seal_broken')), " broken\n";
    }
}
?>
--EXPECT--
session_regenerate_id(); alice
0 broken
session_regenerate_id(); alice
0 broken
session_regenerate_id(true); alice
0 broken
session_regenerate_id(true); alice
0 broken
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
