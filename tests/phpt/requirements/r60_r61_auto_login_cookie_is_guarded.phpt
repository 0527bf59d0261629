--TEST--
R60, R61: The cookie is __Secure-, HttpOnly, Secure, SameSite=Strict, under a narrow path, and lasts no longer than the limit; by http there is none
--FILE--
<?php
require __DIR__ . '/../autologin.inc';
$site = remembering(__FILE__);
$enable = 'session_start(); Sidereal\Session::login("alice", "pwd");
    try { Sidereal\AutoLogin::enable("alice"); } catch (Sidereal\ExceptionInterface $e) { echo get_class($e), " ", $e->getMessage(), "\n"; }';
$alice = $site->browser();
$response = $alice->get($enable, server: HTTPS);
$cookie = $response->cookie(TOKEN);
$attributes = $cookie->attributes;
ksort($attributes);
echo strlen($cookie->value), ' ', json_encode($attributes, JSON_UNESCAPED_SLASHES), "\n";
$site->pass(86400);
// The test's clock stands still between calls, the machine's does not.
$left = (int) resumed($alice)->cookie(TOKEN)->attributes['max-age'];
var_dump($left <= 2505600 && $left > 2505000);
$own = $site->browser()->get($enable, server: HTTPS, ini: ['sidereal.autologin_cookie' => '__Secure-stay', 'sidereal.autologin_path' => '/a', 'sidereal.autologin_lifetime' => '60']);
$cookie = $own->cookie('__Secure-stay');
echo json_encode([$cookie->attributes['path'], $cookie->attributes['max-age']], JSON_UNESCAPED_SLASHES), "\n";
echo $site->browser()->get($enable)->body;
echo $site->browser()->get($enable, server: HTTPS, ini: ['sidereal.autologin_path' => ''])->body;
echo "a token by http: ", $site->browser()->present($alice->sid(TOKEN), TOKEN)->get(RESUME)->body, "\n";
?>
--EXPECT--
104 {"httponly":true,"max-age":"2592000","path":"/auth/resume","samesite":"Strict","secure":true}
bool(true)
["/a","60"]
Sidereal\Misconfigured expected a request by https, because the auto-login cookie never travels by http, found one by http; serve by https and say so where TLS ends in front of this server
Sidereal\Misconfigured expected sidereal.autologin_path to be the path below which sessions are resumed, found it empty, which turns auto-login off; set it, such as /auth/resume
a token by http: [null,null] 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
