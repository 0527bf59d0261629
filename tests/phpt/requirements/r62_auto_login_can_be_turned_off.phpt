--TEST--
R62: disable() deletes the row and the cookie, with a session or without; so does a log-out, from any page
--FILE--
<?php
require __DIR__ . '/../autologin.inc';
$site = remembering(__FILE__);
$ways = [
    'in the session' => [true, 'session_start(); var_dump(Sidereal\AutoLogin::disable(), Sidereal\AutoLogin::disable(), Sidereal\Session::userIs("alice"));'],
    'without a session' => [true, 'var_dump(Sidereal\AutoLogin::disable());'],
    'from another page, where there is no token' => [false, 'session_start(); var_dump(Sidereal\AutoLogin::disable());'],
    'log-out' => [false, 'session_start(); Sidereal\Session::logout();'],
    'session_destroy()' => [false, 'session_start(); session_destroy();'],
];
foreach ($ways as $way => [$here, $code]) {
    $alice = remembered($site, 'alice');
    $token = $alice->sid(TOKEN);
    if (!$here) {
        $alice->present(null, TOKEN);
    }
    $response = $alice->get($code, server: HTTPS);
    echo "$way: ", strtr($response->body, "\n", ' '), $response->errors, str_contains(names($response), TOKEN . ' cleared') ? 'cleared ' : names($response),
        resumed($site->browser()->present($token, TOKEN))->body, $site->run('echo count(Sidereal\AutoLogin::list("alice"));'), "\n";
}
echo 'nothing to turn off: ', $site->browser()->get('var_dump(Sidereal\AutoLogin::disable());', server: HTTPS)->body;
?>
--EXPECT--
in the session: bool(true) bool(false) bool(true) cleared [null,null] 0
without a session: bool(true) cleared [null,null] 0
from another page, where there is no token: bool(true) cleared [null,null] 0
log-out: cleared [null,null] 0
session_destroy(): cleared [null,null] 0
nothing to turn off: bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
