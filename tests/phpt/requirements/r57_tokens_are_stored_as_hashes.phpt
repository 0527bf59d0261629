--TEST--
R57: No file of the store, nor the event log, has a token, a part of one, or who the user is
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../autologin.inc';
$site = remembering(__FILE__);
$alice = remembered($site, 'alice@example.test');
$tokens = [$alice->sid(TOKEN)];
resumed($alice);
$tokens[] = $alice->sid(TOKEN);
$site->pass(60);
$thief = $site->browser()->present($tokens[0], TOKEN);
resumed($thief);
function bytes(string $base32): string
{
    $bits = implode(array_map(fn ($c) => sprintf('%05b', strpos('abcdefghijklmnopqrstuvwxyz234567', $c)), str_split($base32)));
    return implode(array_map(fn ($byte) => chr(bindec($byte)), str_split($bits, 8)));
}
$all = '';
foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($site->directory, FilesystemIterator::SKIP_DOTS)) as $file) {
    if (!str_ends_with($file, '.php')) {
        $all .= implode(Site::written($file));
    }
}
foreach ($tokens as $token) {
    $validator = substr(bytes($token), 17, 32);
    foreach ([$token, substr($token, 30, 40), $validator, hash('sha256', $validator, true)] as $secret) {
        echo json_encode(str_contains($all, $secret)), ' ';
    }
}
echo json_encode([strlen($all) > 10000, str_contains($all, 'alice'), strlen($validator)]), "\n";
?>
--EXPECT--
false false false false false false false false [true,false,32]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
