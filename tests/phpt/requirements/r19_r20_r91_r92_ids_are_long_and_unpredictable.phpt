--TEST--
R19, R20, R91, R92: IDs are long, of one alphabet and distinct, follow no counter, and depend on neither client nor mt_srand()
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$ids = json_decode($site->browser()->get('mt_srand(1); srand(1); $ids = []; for ($i = 0; $i < 2000; $i++) { $ids[] = session_create_id(); } echo json_encode($ids);')->body);
$same = ['REMOTE_ADDR' => '192.0.2.7', 'HTTP_USER_AGENT' => 'x'];
for ($i = 0; $i < 6; $i++) {
    $browser = $site->browser();
    $browser->get('mt_srand(1); session_start(); $_SESSION["n"] = 1;', server: $same);
    $ids[] = $browser->sid();
    $browser->get('mt_srand(1); session_start(); session_regenerate_id();', server: $same);
    $ids[] = $browser->sid();
    $site->pass(901);
    $browser->get('mt_srand(1); session_start();', server: $same);
    $ids[] = $browser->sid();
}
var_dump(count($ids), count(array_unique($ids)));
var_dump(count(preg_grep('/^[a-z2-7]{26}-[a-z2-7]{52}$/D', $ids)));
$bytes = function (string $base32) {
    $bits = '';
    foreach (str_split($base32) as $character) {
        $bits .= sprintf('%05b', strpos('abcdefghijklmnopqrstuvwxyz234567', $character));
    }
    return implode('', array_map(fn ($byte) => chr(bindec($byte)), str_split(substr($bits, 0, strlen($bits) - strlen($bits) % 8), 8)));
};
// 20 random bytes of the secret, after its class, key and minute.
$random = array_map(fn ($id) => substr($bytes(explode('-', $id)[1]), 4, 20), $ids);
var_dump(count(array_unique($random)));
// Each bit is set in about half of them: 200 is nine standard deviations.
$ones = array_fill(0, 160, 0);
foreach ($random as $text) {
    for ($bit = 0; $bit < 160; $bit++) {
        $ones[$bit] += ord($text[intdiv($bit, 8)]) >> ($bit % 8) & 1;
    }
}
$half = count($random) / 2;
var_dump(max(array_map(fn ($count) => abs($count - $half), $ones)) < 200);
// Neighbours differ in about half of their bits, so nothing counts.
$distances = [];
for ($i = 1; $i < 2000; $i++) {
    $distances[] = array_sum(array_map(fn ($byte) => substr_count(decbin(ord($byte)), '1'), str_split($random[$i] ^ $random[$i - 1])));
}
var_dump(min($distances) > 30, max($distances) < 130);
?>
--EXPECT--
int(2018)
int(2018)
int(2018)
int(2018)
bool(true)
bool(true)
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
