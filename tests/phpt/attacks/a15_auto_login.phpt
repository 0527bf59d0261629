--TEST--
A15: Auto-login: reuse, parallel requests, garbage, the wrong user, after a password change, the row left after log-out
--FILE--
<?php
require __DIR__ . '/../autologin.inc';
$site = remembering(__FILE__);
$reuses = fn () => substr_count(file_get_contents("$site->directory/events"), 'authn_token_reuse');

echo 'reuse: ';
$alice = remembered($site, 'alice');
$thief = clone $alice;
echo resumed($thief)->body;
$site->pass(60);
echo resumed($alice)->body, resumed($thief)->body, resumed($alice)->body, $reuses(), "\n";

echo 'parallel: ';
$alice = remembered($site, 'alice');
for ($start = 0; $start < 3; $start++) {
    foreach (started($alice, 4) as $response) {
        $alice->keep($response);
        echo $response->body;
    }
    $site->pass(3600);
}
echo $reuses(), "\n";

echo 'lost responses: ';
foreach ([1, 2, 3, 4] as $lost) {
    started($alice);
    $site->pass(60);
}
echo resumed($alice)->body, $reuses(), "\n";

echo 'garbage: ';
$good = $alice->sid(TOKEN);
foreach (['', 'x', substr($good, 1), substr($good, 0, 50), $good . 'a', strrev($good), str_repeat('a', 104), str_repeat('a', 60000), '%00', 'Array'] as $bad) {
    $response = resumed($site->browser()->present($bad, TOKEN));
    echo $response->body, $response->errors, $response->exit, ' ';
}
$response = $site->browser()->get(RESUME, headers: ['Cookie' => TOKEN . "[x]=$good; " . TOKEN . '[]=1; ' . strtolower(TOKEN) . "=$good"], server: HTTPS);
echo $response->body, $response->errors, $reuses(), "\n";
echo 'and the good one beside it: ', $site->browser()->get(RESUME, headers: ['Cookie' => TOKEN . '=x; ' . TOKEN . "=$good"], server: HTTPS)->body, "\n";

echo 'the wrong user: ';
$bob = remembered($site, 'bob');
echo resumed($bob->present('alice', 'user'))->body;
$mixed = substr($bob->sid(TOKEN), 0, 28) . substr($good, 28);
echo resumed($site->browser()->present($mixed, TOKEN))->body, "\n";

echo 'after a password change: ';
$bob = remembered($site, 'bob');
$site->run('Sidereal\Roster::revokeUser("bob");');
echo resumed($bob)->body;
$bob = remembered($site, 'bob');
echo $bob->get('session_start(); echo Sidereal\AutoLogin::revoke("bob"), json_encode(Sidereal\Session::userIs("bob")), " ";', server: HTTPS)->body, resumed($bob)->body, "\n";

echo 'after log-out: ';
$bob = remembered($site, 'bob');
$copy = clone $bob;
$bob->get('session_start(); Sidereal\Session::logout();', server: HTTPS);
echo resumed($copy)->body, $site->run('echo count(Sidereal\AutoLogin::list("bob"));'), "\n";
?>
--EXPECT--
reuse: ["alice","alice"] ["alice","alice"] ["alice","alice"] [null,null] 1
parallel: ["alice","alice"] ["alice","alice"] ["alice","alice"] ["alice","alice"] ["alice","alice"] ["alice","alice"] ["alice","alice"] ["alice","alice"] ["alice","alice"] ["alice","alice"] ["alice","alice"] ["alice","alice"] 1
lost responses: ["alice","alice"] 1
garbage: [null,null] 0 [null,null] 0 [null,null] 0 [null,null] 0 [null,null] 0 [null,null] 0 [null,null] 0 [null,null] 0 [null,null] 0 [null,null] 0 [null,null] 1
and the good one beside it: ["alice","alice"] 
the wrong user: ["bob","bob"] [null,null] 
after a password change: [null,null] 1true [null,null] 
after log-out: [null,null] 0
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
