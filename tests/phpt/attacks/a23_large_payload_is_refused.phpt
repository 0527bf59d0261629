--TEST--
A23: more data than sidereal.max_payload is refused with a warning, the old data stays, and no row grows
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.max_payload' => '1100']);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
echo $browser->get('session_start(); $_SESSION["n"] = 2; $_SESSION["big"] = str_repeat("x", 1 << 20); session_write_close();');
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
echo "to the byte:\n";
foreach ([1100, 1101] as $length) {
    $visitor = $site->browser();
    $text = $length - strlen('t|' . serialize(str_repeat('x', 1000))) + 1000;
    $visitor->get("session_start(); \$_SESSION['t'] = str_repeat('x', $text);", ini: ['display_errors' => '0']);
    echo $length, ': ', $visitor->get('session_start(); echo strlen(session_encode()), "\n";');
}
echo "through session_regenerate_id():\n";
$browser->get('session_start(); session_regenerate_id(); $_SESSION["big"] = str_repeat("x", 2000);', ini: ['display_errors' => '0']);
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
?>
--EXPECTF--
Warning: session_write_close(): Sidereal: expected session data of at most 1100 bytes, found %d; store less in the session or raise sidereal.max_payload in %s on line %d
{"n":1}
to the byte:
1100: 1100
1101: 0
through session_regenerate_id():
{"n":1}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
