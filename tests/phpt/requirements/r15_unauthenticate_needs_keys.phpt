--TEST--
R15: unauthenticate without sidereal.auth_keys is refused; a session that cannot be stripped is empty
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.on_obsolete' => 'unauthenticate']);
echo $site->run('session_start(); echo session_status() === PHP_SESSION_ACTIVE ? "open\n" : "closed\n";'), "\n";
echo $site->run('echo "\n";', ['sidereal.auth_keys' => 'a..b']);

$site->ini['sidereal.auth_keys'] = 'user_id';
$browser = $site->browser();
// An application that has never heard of Sidereal.
$browser->get('session_start(); $_SESSION = ["user_id" => 7, "cart" => ["lantern"]];');
$thief = clone $browser;
$site->pass(901);
$look = 'session_start(); echo json_encode($_SESSION), "\n";';
$browser->get($look);
$browser->get($look);
$site->pass(301);
echo $thief->get($look), $browser->get('session_start(["read_and_close" => true]); echo json_encode($_SESSION), "\n";');
// The operator takes the settings back before the client returns.
echo $browser->get($look, ini: ['sidereal.on_obsolete' => 'deny', 'sidereal.auth_keys' => '']);
?>
--EXPECTF--

Warning: session_start(): Sidereal: expected sidereal.auth_keys to name the keys of $_SESSION that say who is logged in, because sidereal.on_obsolete = unauthenticate takes them out, found none; name them, or set sidereal.on_obsolete = revoke_user in %s on line %d

Warning: session_start(): Failed to initialize storage module: sidereal (path: %S) in %s on line %d
closed


Warning: PHP Startup: Sidereal: expected sidereal.auth_keys to be keys of $_SESSION with commas between them and dots between the steps of one, such as "user_id, auth.uid", found "a..b"; name each key, or leave it empty in Unknown on line 0

[]
{"cart":["lantern"]}
[]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
