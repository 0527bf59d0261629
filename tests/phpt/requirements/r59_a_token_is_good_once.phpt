--TEST--
R59: A token logs in once. Requests that came with it are logged in for themselves only, and set no cookie at all; whoever comes later is a thief, and everything of the device ends
--FILE--
<?php
require __DIR__ . '/../autologin.inc';
$site = remembering(__FILE__);
$alice = remembered($site, 'alice');
$token = $alice->sid(TOKEN);
$responses = started($alice, 3);
$cookies = array_map(names(...), $responses);
sort($cookies);
echo implode(array_map(fn ($response) => $response->body, $responses)), implode(' ', $cookies), "\n";
array_map($alice->keep(...), $responses);
echo 'as the winner: ', $alice->get('session_start(); echo json_encode([$_SESSION, Sidereal\Session::userIs("alice")]), "\n";', server: HTTPS);

echo "for this request only: ";
$late = $site->browser()->present($token, TOKEN);
$response = $late->get('session_start();
    $user = Sidereal\AutoLogin::resume();
    $_SESSION["user"] = $user;
    session_regenerate_id(true);
    echo json_encode([$user, Sidereal\Session::userIs("alice"), Sidereal\Session::info()]);
    session_write_close();
    session_start();', server: HTTPS);
echo $response->body, names($response), "\n";

$site->pass(3600);
echo 'next time: ', resumed($alice)->body, "\n";
$site->pass(60);
echo 'the thief: ', resumed($site->browser()->present($token, TOKEN))->body, "\n";
echo 'then alice: ', $alice->get('session_start(); echo json_encode([$_SESSION, Sidereal\Session::denial()?->name]);', server: HTTPS), ' ', resumed($alice)->body, "\n";
preg_match_all('/"event":"(authn_token_reuse)"/', file_get_contents("$site->directory/events"), $found);
echo json_encode($found[1]), "\n";
?>
--EXPECT--
["alice","alice"] ["alice","alice"] ["alice","alice"] ["__Secure-autologin","PHPSESSID"] [] []
as the winner: [{"user":"alice"},true]
for this request only: ["alice",true,null][]
next time: ["alice","alice"] 
the thief: [null,null] 
then alice: [[],"Revoked"] [null,null] 
["authn_token_reuse"]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
