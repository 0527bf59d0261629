--TEST--
R54, R55, R56, R58: Auto-login has a cookie of its own; a token logs in, by a new session ID, and is replaced; the session's own life stays short, and the limit is never extended
--FILE--
<?php
require __DIR__ . '/../autologin.inc';
$site = remembering(__FILE__, ['session.cookie_lifetime' => '31536000']);
$alice = remembered($site, 'alice');
$ids = [$alice->sid()];
$tokens = [$alice->sid(TOKEN)];
for ($day = 1; $day < 30; $day += 7) {
    $site->pass(7 * 86400 - 3600);
    echo $alice->get('session_start(); echo json_encode([$_SESSION, Sidereal\Session::denial()?->name]);', server: HTTPS), ' ';
    $site->pass(3600);
    $response = resumed($alice);
    echo $response->body, names($response), "\n";
    $ids[] = $alice->sid();
    $tokens[] = $alice->sid(TOKEN);
}
var_dump(count(array_unique($ids)), count(array_unique($tokens)));
echo $alice->get('session_start(); echo json_encode([$_SESSION, Sidereal\Session::userIs("alice"), Sidereal\Session::info()]), "\n";', server: HTTPS);
?>
--EXPECTF--
[[],"%s"] ["alice","alice"] ["__Secure-autologin","PHPSESSID"]
[[],"%s"] ["alice","alice"] ["__Secure-autologin","PHPSESSID"]
[[],"%s"] ["alice","alice"] ["__Secure-autologin","PHPSESSID"]
[[],"%s"] ["alice","alice"] ["__Secure-autologin","PHPSESSID"]
[[],"%s"] [null,null] ["PHPSESSID","__Secure-autologin cleared"]
int(6)
int(6)
[[],false,null]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
