--TEST--
An ID that we did not make is never adopted: the client gets a new one
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
foreach (['attacker', str_repeat('a', 79), 'sess_' . md5('x'), str_repeat('x', 4000)] as $made_up) {
    $browser = $site->browser()->present($made_up);
    $response = $browser->get('session_start(); $_SESSION["n"] = 1; var_dump(session_id() === $_COOKIE["PHPSESSID"]);');
    echo $response;
    var_dump($response->cookie()->value !== $made_up);
}
var_dump(count($site->events('sid_forged')));
?>
--EXPECT--
bool(false)
bool(true)
bool(false)
bool(true)
bool(false)
bool(true)
bool(false)
bool(true)
int(4)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
