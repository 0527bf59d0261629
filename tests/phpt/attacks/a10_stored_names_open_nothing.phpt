--TEST--
A10: what the store and the event log call a session opens nothing when it is presented as a cookie
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc'; if (!shell_exec('command -v sqlite3')) die('skip needs the sqlite3 command');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
require __DIR__ . '/store.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
[[$number, $locator, $family]] = sql($site, 'SELECT number, hex(locator), hex(family) FROM session;');
[$tag, $secret] = explode('-', $alice->sid());
$names = ['number' => $number, 'log reference' => $site->events('session_created')[0]['session_ref'], 'tag' => $tag, 'secret' => $secret];
foreach (['locator' => $locator, 'family' => $family] as $name => $hex) {
    $bytes = hex2bin($hex);
    $names += [
        "$name in hex" => strtolower($hex),
        "$name in base32" => base32($bytes),
        "$name as tag" => base32($bytes) . "-$secret",
        "$name as secret" => "$tag-" . base32(str_pad($bytes, 32, "\0")),
        "$name as tag and secret" => base32($bytes) . '-' . base32("$bytes$bytes"),
        "$name, raw" => urlencode($bytes),
    ];
}
foreach ($names as $what => $name) {
    $browser = $site->browser()->present($name);
    $response = $browser->get('session_start(); echo $_SESSION["user"] ?? "nobody";');
    echo "$what: $response, ", $browser->sid() === $name ? 'ADOPTED' : 'replaced', "\n";
}

function base32(string $bytes): string
{
    $bits = implode('', array_map(fn ($byte) => sprintf('%08b', ord($byte)), str_split($bytes)));
    $digits = array_map(fn ($five) => 'abcdefghijklmnopqrstuvwxyz234567'[bindec(str_pad($five, 5, '0'))], str_split($bits, 5));
    return implode('', $digits);
}
?>
--EXPECT--
number: nobody, replaced
log reference: nobody, replaced
tag: nobody, replaced
secret: nobody, replaced
locator in hex: nobody, replaced
locator in base32: nobody, replaced
locator as tag: nobody, replaced
locator as secret: nobody, replaced
locator as tag and secret: nobody, replaced
locator, raw: nobody, replaced
family in hex: nobody, replaced
family in base32: nobody, replaced
family as tag: nobody, replaced
family as secret: nobody, replaced
family as tag and secret: nobody, replaced
family, raw: nobody, replaced
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
