--TEST--
R79: The one cookie holds an ID and nothing else, whatever is in the session
--FILE--
<?php
require __DIR__ . '/../browser.inc';
/** What base32 stands for. */
function bytes(string $base32): string
{
    $bits = '';
    foreach (str_split($base32) as $character) {
        $bits .= sprintf('%05b', strpos('abcdefghijklmnopqrstuvwxyz234567', $character));
    }
    return implode('', array_map(fn ($byte) => chr(bindec($byte)), str_split(substr($bits, 0, strlen($bits) - strlen($bits) % 8), 8)));
}

$site = new Site(__FILE__);
foreach (['', '$_SESSION["user"] = "alice"; $_SESSION["role"] = "admin"; $_SESSION["password"] = "secret";', '$_SESSION["big"] = str_repeat("x", 100000);'] as $code) {
    $browser = $site->browser();
    $browser->get("session_start(); $code");
    $browser->get('session_start(); session_regenerate_id();');
    $site->pass(901);
    $browser->get('session_start();');
    $browser->get("session_start(); $code");
    echo json_encode([array_keys($browser->cookies), strlen($browser->sid()), preg_match('/^[a-z2-7]{26}-[a-z2-7]{52}$/D', $browser->sid())]), "\n";
    $bytes = implode(' ', array_map(bytes(...), explode('-', $browser->sid())));
    foreach (['alice', 'admin', 'secret', 'xxxxxx', '192.0.2.1', "\xc0\x00\x02\x01"] as $number => $marker) {
        if (stripos($bytes, $marker) !== false || stripos($browser->sid(), $marker) !== false) {
            echo "marker $number found\n";
        }
    }
}
?>
--EXPECT--
[["PHPSESSID"],79,1]
[["PHPSESSID"],79,1]
[["PHPSESSID"],79,1]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
