--TEST--
The cookie has HttpOnly always, SameSite when none is set, Secure when the request came by https; PHP's settings stay as they are
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$script = 'session_start(); session_write_close(); echo ini_get("session.cookie_httponly"), "|", ini_get("session.cookie_samesite"), "|", ini_get("session.cookie_secure"), "|", json_encode(session_get_cookie_params()), "\n";';
$show = function (Response $response) {
    echo $response;
    $attributes = $response->cookie()->attributes;
    ksort($attributes);
    echo json_encode($attributes), "\n";
};
$show($site->browser()->get($script));
$show($site->browser()->get($script, server: ['HTTPS' => 'on']));
$show($site->browser()->get($script, server: ['REQUEST_SCHEME' => 'https']));
$show($site->browser()->get($script, server: ['HTTPS' => 'off'], headers: ['X-Forwarded-Proto' => 'https', 'HTTPS' => 'on']));
$show($site->browser()->get($script, ini: ['session.cookie_samesite' => 'Strict', 'session.cookie_httponly' => '0']));
?>
--EXPECT--
0||0|{"lifetime":0,"path":"\/","domain":"","secure":false,"httponly":false,"samesite":""}
{"httponly":true,"path":"\/","samesite":"Lax"}
0||0|{"lifetime":0,"path":"\/","domain":"","secure":false,"httponly":false,"samesite":""}
{"httponly":true,"path":"\/","samesite":"Lax","secure":true}
0||0|{"lifetime":0,"path":"\/","domain":"","secure":false,"httponly":false,"samesite":""}
{"httponly":true,"path":"\/","samesite":"Lax","secure":true}
0||0|{"lifetime":0,"path":"\/","domain":"","secure":false,"httponly":false,"samesite":""}
{"httponly":true,"path":"\/","samesite":"Lax"}
0|Strict|0|{"lifetime":0,"path":"\/","domain":"","secure":false,"httponly":false,"samesite":"Strict"}
{"httponly":true,"path":"\/","samesite":"Strict"}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
