--TEST--
R1: Neither what is in $_SESSION nor an ID can be found in any file of the store or of the log
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
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
$browser = $site->browser();
$ids = [];
$keep = function () use ($browser, &$ids) {
    $ids[] = $browser->sid();
};
$browser->get('session_start(); $_SESSION["key-in-plaintext"] = ["value-in-plaintext", 4711471147];');
$keep();
$browser->get('session_start(); $_SESSION["name-of-user"] = "alice@example.test"; session_regenerate_id();');
$keep();
$site->pass(901);
$browser->get('session_start(); $_SESSION["more"] = str_repeat("value-in-plaintext", 5000);');
$keep();
echo $browser->get('session_start(); echo json_encode([$_SESSION["key-in-plaintext"], $_SESSION["name-of-user"], strlen($_SESSION["more"])]), "\n";');
$bytes = '';
foreach ([...glob("$site->directory/store/*"), "$site->directory/events"] as $file) {
    // The cache's file has holes of many megabytes.
    for ($open = fopen($file, 'r'); !feof($open);) {
        $block = fread($open, 1 << 16);
        $bytes .= trim($block, "\0") === '' ? '' : $block;
    }
}
var_dump(strlen($bytes) > 90000, count(array_unique($ids)));
$markers = ['key-in-plaintext', 'value-in-plaintext', '4711471147', 'alice', 'name-of-user', 'example.test'];
foreach ($ids as $id) {
    [$tag, $secret] = explode('-', $id);
    array_push($markers, $tag, $secret, substr($id, -30), substr(bytes($secret), 4, 20), substr(bytes($secret), -8));
}
foreach ($markers as $number => $marker) {
    if (stripos($bytes, $marker) !== false) {
        echo 'found: ', $number < 6 ? $marker : 'a part of an ID', "\n";
    }
}
?>
--EXPECT--
[["value-in-plaintext",4711471147],"alice@example.test",90000]
bool(true)
int(3)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
