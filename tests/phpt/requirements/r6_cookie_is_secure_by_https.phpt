--TEST--
R6: A cookie that was sent by https is Secure, whatever the application or php.ini says, and never travels by http
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$https = ['HTTPS' => 'on'];
$ways = [
    'nothing said' => '',
    'ini_set()' => 'ini_set("session.cookie_secure", "0");',
    'parameters' => 'session_set_cookie_params(["secure" => false]);',
    'options' => '$options = ["cookie_secure" => "0"];',
];
foreach ($ways as $way => $code) {
    $browser = $site->browser();
    $responses = [
        $browser->get("\$options = []; $code session_start(\$options); \$_SESSION['user'] = 'alice';", ini: ['session.cookie_secure' => '0'], server: $https),
        $browser->get("\$options = []; $code session_start(\$options); session_regenerate_id();", ini: ['session.cookie_secure' => '0'], server: $https),
    ];
    echo "$way: ", json_encode(array_map(fn ($response) => $response->cookie()->attributes['secure'] ?? null, $responses)), "\n";
}
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";', server: $https);
echo 'by http: ', (clone $browser)->get('echo json_encode($_COOKIE), "\n";');
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
?>
--EXPECT--
nothing said: [true,true]
ini_set(): [true,true]
parameters: [true,true]
options: [true,true]
{"user":"alice"}
by http: []
[]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
