--TEST--
R65: login(), elevate() and reauthenticated() change the ID each time, whatever sidereal.regenerate says, and the ID before sees nothing of what follows
--FILE--
<?php
require __DIR__ . '/../browser.inc';
foreach (['elevate', 'rotate'] as $regenerate) {
    $site = new Site(__FILE__, ['sidereal.regenerate' => $regenerate]);
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["role"] = "guest";');
    foreach (['login("alice")', 'elevate()', 'reauthenticated("pwd")'] as $call) {
        $old = $alice->sid();
        $response = $alice->get("session_start(); Sidereal\\Session::$call; \$_SESSION['role'] = 'after $call'; echo session_id() === \$_COOKIE['PHPSESSID'] ? 'SAME' : 'new';");
        $replay = $site->browser()->present($old)->get('session_start(); echo $_SESSION["role"] ?? "-";');
        echo "$call: ", $response, $response->cookie()->value === $alice->sid() ? ', sent; ' : ', NOT SENT; ', "the ID before: $replay; ";
        echo 'the new one: ', $alice->get('session_start(); echo $_SESSION["role"], Sidereal\Session::userIs("alice") ? "" : " NOT BOUND";'), "\n";
    }
}
?>
--EXPECT--
login("alice"): new, sent; the ID before: guest; the new one: after login("alice")
elevate(): new, sent; the ID before: after login("alice"); the new one: after elevate()
reauthenticated("pwd"): new, sent; the ID before: after elevate(); the new one: after reauthenticated("pwd")
login("alice"): new, sent; the ID before: guest; the new one: after login("alice")
elevate(): new, sent; the ID before: after login("alice"); the new one: after elevate()
reauthenticated("pwd"): new, sent; the ID before: after elevate(); the new one: after reauthenticated("pwd")
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
