--TEST--
A21, R93: No name, path, domain or SameSite with a line end, NUL or semicolon gets into a header, however it is set; nothing that the client sends does
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['display_errors' => '0']);
$bad = ["\r\nSet-Cookie: evil=1", "\nevil: 1", "\revil: 1", "\u{2028}evil: 1", "\u{85}evil: 1", '; evil=1', "\0evil: 1"];
$ways = [
    'session_name()' => 'session_name("sid$bad");',
    'session_set_cookie_params(), path' => 'session_set_cookie_params(["path" => "/$bad"]);',
    'session_set_cookie_params(), domain' => 'session_set_cookie_params(["domain" => "example.test$bad"]);',
    'session_set_cookie_params(), samesite' => 'session_set_cookie_params(["samesite" => "Lax$bad"]);',
    'ini_set(), path' => 'ini_set("session.cookie_path", "/$bad");',
    'ini_set(), domain' => 'ini_set("session.cookie_domain", "example.test$bad");',
    'ini_set(), samesite' => 'ini_set("session.cookie_samesite", "Lax$bad");',
    'session_start(), path' => '',
];
// PHP cuts some settings at NUL and refuses others; then a session starts, with a cookie that is in order.
$evil = fn (Response $response) => array_filter(
    $response->headers,
    fn ($header) => str_contains(implode(':', $header), 'evil') || preg_match('/[\x00-\x1f]|\xe2\x80\xa8|\xc2\x85/', $header[1]),
);
$started = 0;
foreach ($ways as $way => $code) {
    foreach ($bad as $number => $text) {
        $options = $way === 'session_start(), path' ? '["cookie_path" => "/$bad"]' : '[]';
        $code_of = fn (string $end) => "<?php \$bad = " . var_export($text, true) . "; try { $code var_dump(@session_start($options)); $end } catch (ValueError) { echo 'refused'; }";
        foreach (['', 'session_regenerate_id();', 'session_destroy();'] as $end) {
            $response = $site->browser()->get($code_of($end), headers: ['Cookie' => "PHPSESSID=planted%0d%0aevil: 1$text"]);
            if ($evil($response)) {
                echo "$way, $number: ", json_encode($response->headers), "\n";
            }
            $started += str_contains($response->body, 'true') && !in_array($number, [6], true) && !str_contains($way, 'name') ? 1 : 0;
        }
    }
}
echo "$started sessions started with such a setting\n";
$response = $site->browser()->get('session_set_cookie_params(["path" => "/\u{2028}"]); session_start();', ini: ['display_errors' => '1']);
echo preg_match('/expected session.cookie_path .*?; correct it/', $response->body, $found) ? $found[0] : $response->body, "\n";
?>
--EXPECT--
0 sessions started with such a setting
expected session.cookie_path to be text without control characters, line ends and semicolons, found "/"; correct it
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
