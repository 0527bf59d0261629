--TEST--
R4: The cookie is HttpOnly, whatever the application or php.ini says
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$ways = [
    'nothing said' => ['', []],
    'php.ini' => ['', ['session.cookie_httponly' => '0']],
    'ini_set()' => ['ini_set("session.cookie_httponly", "0");', []],
    'parameters' => ['session_set_cookie_params(["httponly" => false]);', ['session.cookie_httponly' => '1']],
    'old parameters' => ['session_set_cookie_params(0, "/", "", false, false);', ['session.cookie_httponly' => '1']],
    'options' => ['$options = ["cookie_httponly" => "0"];', []],
];
foreach ($ways as $way => [$code, $ini]) {
    $browser = $site->browser();
    $responses = [
        $browser->get("\$options = []; $code session_start(\$options); \$_SESSION['n'] = 1;", ini: $ini),
        $browser->get("\$options = []; $code session_start(\$options); session_regenerate_id();", ini: $ini),
        $browser->get("\$options = []; $code session_start(\$options); session_destroy();", ini: $ini),
    ];
    echo "$way: ", json_encode(array_map(fn ($response) => $response->cookie()->attributes['httponly'] ?? null, $responses)), "\n";
}
?>
--EXPECT--
nothing said: [true,true,true]
php.ini: [true,true,true]
ini_set(): [true,true,true]
parameters: [true,true,true]
old parameters: [true,true,true]
options: [true,true,true]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
